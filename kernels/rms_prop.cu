// One step of RMSProp (keep = α, add = 1 − α) or AdaGrad (keep = add = 1), each operation rounded once,
// over vectors of n:
//
//	g' = clip · g
//	s = keep · s + add · g'²
//	p = p − lr · (g' / (√s + ε))
//
// Grid: any, one-dimensional. Block: any. No shared memory.
#include "elements.cuh"

template <typename T>
__device__ void rms_prop(T* p, T* s, const T* g, long long n, const T* clip, const T* lr, const T* eps, T keep, T add) {
    T c = *clip, eta = *lr, e = *eps;
    each<T>(n, aligned(p, s, g), [&](long long i, auto w) {
        auto pi = load(p, i, w), si = load(s, i, w), gi = load(g, i, w);
        for (int l = 0; l < w.n; l++) {
            T x = mul(c, gi[l]);
            si[l] = plus(mul(keep, si[l]), mul(add, mul(x, x)));
            pi[l] = minus(pi[l], mul(eta, over(x, plus(root(si[l]), e))));
        }
        store(s, i, si);
        store(p, i, pi);
    });
}

extern "C" __global__ void rms_prop_f32(
    float* p,          // [n] parameters
    float* s,          // [n] squares
    const float* g,    // [n] gradients
    long long n,
    const float* clip, // [1]
    const float* lr,   // [1]
    const float* eps,  // [1]
    float keep, float add) {
    rms_prop(p, s, g, n, clip, lr, eps, keep, add);
}

extern "C" __global__ void rms_prop_f64(double* p, double* s, const double* g, long long n, const double* clip, const double* lr,
                                        const double* eps, double keep, double add) {
    rms_prop(p, s, g, n, clip, lr, eps, keep, add);
}
