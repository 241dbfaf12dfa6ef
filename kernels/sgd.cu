// One step of gradient descent with momentum (torch.optim.SGD, dampening 0, not Nesterov's), each operation
// rounded once, over vectors of n. Without m there is no momentum.
//
//	u = clip · g;  with m: u = m = momentum · m + u
//	p = p − lr · u
//
// Grid: any, one-dimensional. Block: any. No shared memory.
#include "elements.cuh"

template <typename T> __device__ void sgd(T* p, T* m, const T* g, long long n, const T* clip, const T* lr, T momentum) {
    T c = *clip, eta = *lr;
    each<T>(n, aligned(p, m, g), [&](long long i, auto w) {
        auto pi = load(p, i, w), u = load(g, i, w);
        for (int l = 0; l < w.n; l++) u[l] = mul(c, u[l]);
        if (m) {
            auto mi = load(m, i, w);
            for (int l = 0; l < w.n; l++) u[l] = plus(mul(momentum, mi[l]), u[l]);
            store(m, i, u);
        }
        for (int l = 0; l < w.n; l++) pi[l] = minus(pi[l], mul(eta, u[l]));
        store(p, i, pi);
    });
}

extern "C" __global__ void sgd_f32(
    float* p,          // [n] parameters
    float* m,          // [n] momentum, or null
    const float* g,    // [n] gradients
    long long n,
    const float* clip, // [1]
    const float* lr,   // [1]
    float momentum) {
    sgd(p, m, g, n, clip, lr, momentum);
}

extern "C" __global__ void sgd_f64(double* p, double* m, const double* g, long long n, const double* clip, const double* lr, double momentum) {
    sgd(p, m, g, n, clip, lr, momentum);
}
