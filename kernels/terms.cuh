// What one element contributes to a reduction, as compute.ReduceOp has it.
#pragma once
#include "reduce.cuh"

// The order of compute.ReduceOp.
enum ReduceOp { SUM, SUM_SQUARES, SUM_ABS, COUNT_POSITIVE, COUNT_NEGATIVE, LARGEST };

template <int op, typename T> __device__ inline double term(T x) {
    double v = double(x);
    switch (op) {
    case SUM_SQUARES: return v * v;
    case SUM_ABS: return fabs(v);
    case COUNT_POSITIVE: return v > 0 ? 1 : 0;
    case COUNT_NEGATIVE: return v < 0 ? 1 : 0;
    }
    return v; // SUM, LARGEST
}

// Joining is Maximum for LARGEST, else Addition.
template <int op> struct Joining : Addition {};
template <> struct Joining<LARGEST> : Maximum {};

// with_op calls f(Width<op>) for a value known when the kernel is launched.
template <typename F> __device__ inline void with_op(int op, F f) {
    switch (op) {
    case SUM: return f(Width<SUM>());
    case SUM_SQUARES: return f(Width<SUM_SQUARES>());
    case SUM_ABS: return f(Width<SUM_ABS>());
    case COUNT_POSITIVE: return f(Width<COUNT_POSITIVE>());
    case COUNT_NEGATIVE: return f(Width<COUNT_NEGATIVE>());
    case LARGEST: return f(Width<LARGEST>());
    }
}

// put stores a result, or joins it to what is there, in float64 where dst_is_f64, else in T.
template <typename T, typename Op>
__device__ inline void put(void* dst, int dst_is_f64, long long i, double v, bool accumulate) {
    if (dst_is_f64) {
        double* d = static_cast<double*>(dst) + i;
        *d = accumulate ? Op::join(*d, v) : v;
    } else {
        T* d = static_cast<T*>(dst) + i;
        *d = T(accumulate ? Op::join(double(*d), v) : v);
    }
}
