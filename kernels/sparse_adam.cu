// One step of Adam for the entries whose clipped gradient is neither 0 nor NaN, each operation rounded
// once, over vectors of n; the others keep p, m and v:
//
//	g' = clip · g
//	m = m + (1 − β1)(g' − m)
//	v = v + (1 − β2)(g'² − v)
//	p = p − stepsize · (m / (√v + ε))
//
// Grid: any, one-dimensional. Block: any. No shared memory.
#include "elements.cuh"

template <typename T>
__device__ void sparse_adam(T* p, T* m, T* v, const T* g, long long n, const T* clip, const T* step_size, const T* eps, T one_minus1, T one_minus2) {
    T c = *clip, s = *step_size, e = *eps;
    for (long long i = thread_index(); i < n; i += thread_count()) {
        T x = mul(c, g[i]);
        if (!(x > T(0) || x < T(0))) continue;
        T mi = plus(m[i], mul(one_minus1, minus(x, m[i])));
        T vi = plus(v[i], mul(one_minus2, minus(mul(x, x), v[i])));
        m[i] = mi;
        v[i] = vi;
        p[i] = minus(p[i], mul(s, over(mi, plus(root(vi), e))));
    }
}

extern "C" __global__ void sparse_adam_f32(
    float* p,               // [n] parameters
    float* m,               // [n] first moments
    float* v,               // [n] second moments
    const float* g,         // [n] gradients
    long long n,
    const float* clip,      // [1]
    const float* step_size, // [1] η √(1 − β2ᵗ) / (1 − β1ᵗ)
    const float* eps,       // [1]
    float one_minus1, float one_minus2) {
    sparse_adam(p, m, v, g, n, clip, step_size, eps, one_minus1, one_minus2);
}

extern "C" __global__ void sparse_adam_f64(double* p, double* m, double* v, const double* g, long long n, const double* clip,
                                           const double* step_size, const double* eps, double one_minus1, double one_minus2) {
    sparse_adam(p, m, v, g, n, clip, step_size, eps, one_minus1, one_minus2);
}
