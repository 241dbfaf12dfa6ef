// What a .cu file of ../.. needs of CUDA C++ to be compiled by g++: each CUDA thread runs as a fiber.
// Included before the kernel's own text (g++ -include).
#pragma once

#include <cfloat>
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __restrict__ __restrict
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
#define __constant__ static const
// A worker of the runner has one block in progress, so a variable of the worker is the block's.
#define __shared__ static thread_local

#define DYNAMIC_SHARED(T, name) T* name = static_cast<T*>(runner_dynamic_shared())

struct dim3 {
    unsigned x, y, z;
};
struct float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct double2 { double x, y; };
struct uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(16) int4 { int x, y, z, w; };
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

// The runner's side (block.cpp), which is compiled without sanitizers.
extern "C" {
extern __thread dim3 runner_thread, runner_block, runner_block_dim, runner_grid_dim;
void* runner_dynamic_shared();
unsigned runner_lane();                 // 0..31
void runner_sync_block();
void runner_sync_warp(unsigned mask);
void runner_fence();
uint64_t runner_exchange(unsigned mask, uint64_t value, int from);  // what lane from gave; -1: one's own
unsigned runner_ballot(unsigned mask, int predicate);
}

#define threadIdx runner_thread
#define blockIdx runner_block
#define blockDim runner_block_dim
#define gridDim runner_grid_dim
constexpr int warpSize = 32;

inline void __syncthreads() { runner_sync_block(); }
inline void __syncwarp(unsigned mask = ~0u) { runner_sync_warp(mask); }
inline void __threadfence() { runner_fence(); }
inline void __threadfence_block() { runner_fence(); }

#include "warp.h"
#include "atomics.h"
#include "intrinsics.h"
