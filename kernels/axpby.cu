// y = a·x + b·y, both products rounded before the sum. With b = 0 the old y is not read.
//
// Grid: any, one-dimensional. Block: any. No shared memory.
#include "elements.cuh"

template <typename T> __device__ void axpby(T* y, const T* x, long long n, T a, T b) {
    each<T>(n, aligned(y, x), [&](long long i, auto w) {
        auto v = load(x, i, w);
        for (int l = 0; l < w.n; l++) v[l] = mul(a, v[l]);
        if (b != T(0)) {
            auto old = load(y, i, w);
            for (int l = 0; l < w.n; l++) v[l] = plus(v[l], mul(b, old[l]));
        }
        store(y, i, v);
    });
}

extern "C" __global__ void axpby_f32(float* y /* [n] */, const float* x /* [n] */, long long n, float a, float b) { axpby(y, x, n, a, b); }

extern "C" __global__ void axpby_f64(double* y /* [n] */, const double* x /* [n] */, long long n, double a, double b) { axpby(y, x, n, a, b); }
