// One step of gradient descent with momentum for the entries whose clipped gradient is neither 0 nor NaN,
// each operation rounded once, over vectors of n; the others keep p and m:
//
//	m = momentum · m + clip · g
//	p = p − lr · m
//
// Grid: any, one-dimensional. Block: any. No shared memory.
#include "elements.cuh"

template <typename T> __device__ void sparse_sgd(T* p, T* m, const T* g, long long n, const T* clip, const T* lr, T momentum) {
    T c = *clip, eta = *lr;
    for (long long i = thread_index(); i < n; i += thread_count()) {
        T x = mul(c, g[i]);
        if (!(x > T(0) || x < T(0))) continue;
        T mi = plus(mul(momentum, m[i]), x);
        m[i] = mi;
        p[i] = minus(p[i], mul(eta, mi));
    }
}

extern "C" __global__ void sparse_sgd_f32(
    float* p,          // [n] parameters
    float* m,          // [n] momentum
    const float* g,    // [n] gradients
    long long n,
    const float* clip, // [1]
    const float* lr,   // [1]
    float momentum) {
    sparse_sgd(p, m, g, n, clip, lr, momentum);
}

extern "C" __global__ void sparse_sgd_f64(double* p, double* m, const double* g, long long n, const double* clip, const double* lr, double momentum) {
    sparse_sgd(p, m, g, n, clip, lr, momentum);
}
