// Fill: y[i] = v for i < n.
// Grid: one dimension, any size; block: any; no shared memory.
#include "common.cuh"

template <class T>
__device__ void fill(T* y, T v, long long n) {
    FOR_EACH(i, n) y[i] = v;
}

extern "C" __global__ void fill_f32(float* y, float v, long long n) { fill(y, v, n); }
extern "C" __global__ void fill_f64(double* y, double v, long long n) { fill(y, v, n); }
extern "C" __global__ void fill_i32(int* y, int v, long long n) { fill(y, v, n); }
extern "C" __global__ void fill_i64(long long* y, long long v, long long n) { fill(y, v, n); }
