// What all kernels share. The same sources are compiled by nvcc for GPUs and, through
// runner/src/cuda_on_cpu.h, by g++ for the CPU.
#pragma once

#ifdef __CUDACC__
#include <cstdint>

// DYNAMIC_SHARED(T, name): T* name is the block's dynamic shared memory, whose bytes the launch gives.
#define DYNAMIC_SHARED(T, name)                                   \
    extern __shared__ __align__(16) unsigned char dynamic_shared[]; \
    T* name = reinterpret_cast<T*>(dynamic_shared)
#endif

// FOR_EACH(i, n): i runs over 0..n-1, spread over all threads of a one-dimensional grid of any size.
#define FOR_EACH(i, n)                                                                       \
    for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < (long long)(n); \
         i += (long long)gridDim.x * blockDim.x)

// Fault is what a kernel found wrong first; code 0 is nothing. compute/cuda/fault.go has the codes and
// makes an error of Sync of it.
struct Fault {
    unsigned long long code;
    long long a, b, c;
};

// The codes.
const unsigned long long FAULT_GATHER = 1;  // index a is b, of c rows
const unsigned long long FAULT_NOISE = 2;   // an amount of kind a has the bits b of a float64
const unsigned long long FAULT_SHUFFLE = 3; // places a to b of c samples

// report keeps the first fault. Whoever reports goes on with harmless numbers.
__device__ inline void report(Fault* fault, unsigned long long code, long long a, long long b, long long c) {
    if (atomicCAS(&fault->code, 0ull, code) == 0) {
        fault->a = a;
        fault->b = b;
        fault->c = c;
    }
}
