// y = x in the other floating-point type, rounded to nearest.
//
// Grid: any, one-dimensional. Block: any. No shared memory.
#include "elements.cuh"

template <typename D, typename S> __device__ void convert(D* y, const S* x, long long n) {
    for (long long i = thread_index(); i < n; i += thread_count()) y[i] = D(x[i]);
}

extern "C" __global__ void convert_f32_f64(double* y /* [n] */, const float* x /* [n] */, long long n) { convert(y, x, n); }

extern "C" __global__ void convert_f64_f32(float* y /* [n] */, const double* x /* [n] */, long long n) { convert(y, x, n); }
