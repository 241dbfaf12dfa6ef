// Copy between floating-point types: y[i] = x[i] for i < n, rounded to nearest even. copy_FROM_TO.
// Grid: one dimension, any size; block: any; no shared memory.
#include "common.cuh"

extern "C" __global__ void copy_f64_f32(float* y, const double* x, long long n) {
    FOR_EACH(i, n) y[i] = (float)x[i];
}

extern "C" __global__ void copy_f32_f64(double* y, const float* x, long long n) {
    FOR_EACH(i, n) y[i] = (double)x[i];
}
