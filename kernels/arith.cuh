// Arithmetic that is rounded once: nothing here may be contracted to a fused multiply-add, so that every
// architecture, the CPU runner and the CPU backend give the same bits. Maxima with CPU's rules for NaN.
#pragma once
#include "common.cuh"

__device__ inline float mul(float a, float b) { return __fmul_rn(a, b); }
__device__ inline float plus(float a, float b) { return __fadd_rn(a, b); }
__device__ inline float minus(float a, float b) { return __fsub_rn(a, b); }
__device__ inline float over(float a, float b) { return __fdiv_rn(a, b); }
__device__ inline float root(float a) { return __fsqrt_rn(a); }

__device__ inline double mul(double a, double b) { return __dmul_rn(a, b); }
__device__ inline double plus(double a, double b) { return __dadd_rn(a, b); }
__device__ inline double minus(double a, double b) { return __dsub_rn(a, b); }
__device__ inline double over(double a, double b) { return __ddiv_rn(a, b); }
__device__ inline double root(double a) { return __dsqrt_rn(a); }

// larger is the larger of two numbers, NaN if either is; smaller the same the other way.
template <typename T> __device__ inline T larger(T a, T b) { return a > b || a != a ? a : b; }
template <typename T> __device__ inline T smaller(T a, T b) { return a < b || a != a ? a : b; }

// relu is max(x, 0), where NaN stays NaN.
template <typename T> __device__ inline T relu(T x) { return x <= T(0) ? T(0) : x; }

// not_finite tells whether x is NaN or infinite.
template <typename T> __device__ inline bool not_finite(T x) { return x - x != T(0); }

__device__ inline double not_a_number() { return __longlong_as_double(0x7FF8000000000000ll); }
__device__ inline double infinity() { return __longlong_as_double(0x7FF0000000000000ll); }
