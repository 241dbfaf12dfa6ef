// One step of Adam (Kingma and Ba 2015, algorithm 1, in the order of operations of torch.optim.Adam), each
// operation rounded once, over vectors of n:
//
//	g' = clip · g
//	m = β1 m + (1 − β1) g'
//	v = β2 v + (1 − β2) g'²
//	p = decay · p − stepsize · (m / (√v / rootbc2 + ε))
//
// Grid: any, one-dimensional. Block: any. No shared memory.
#include "elements.cuh"

template <typename T>
__device__ void adam(T* p, T* m, T* v, const T* g, long long n, const T* clip, const T* step_size, const T* root_bc2, const T* eps,
                     const T* decay, const T* beta1, const T* one_minus1, T fixed_beta1, T fixed_one_minus1, T beta2, T one_minus2) {
    T c = *clip, s = *step_size, r = *root_bc2, e = *eps, d = decay ? *decay : T(1);
    T b1 = beta1 ? *beta1 : fixed_beta1, o1 = one_minus1 ? *one_minus1 : fixed_one_minus1;
    each<T>(n, aligned(p, m, v, g), [&](long long i, auto w) {
        auto pi = load(p, i, w), mi = load(m, i, w), vi = load(v, i, w), gi = load(g, i, w);
        for (int l = 0; l < w.n; l++) {
            T x = mul(c, gi[l]);
            mi[l] = plus(mul(b1, mi[l]), mul(o1, x));
            vi[l] = plus(mul(beta2, vi[l]), mul(one_minus2, mul(x, x)));
            T denominator = plus(over(root(vi[l]), r), e);
            pi[l] = minus(mul(d, pi[l]), mul(s, over(mi[l], denominator)));
        }
        store(m, i, mi);
        store(v, i, vi);
        store(p, i, pi);
    });
}

extern "C" __global__ void adam_f32(
    float* p,                // [n] parameters
    float* m,                // [n] first moments
    float* v,                // [n] second moments
    const float* g,          // [n] gradients
    long long n,
    const float* clip,       // [1]
    const float* step_size,  // [1] η / (1 − β1ᵗ)
    const float* root_bc2,   // [1] √(1 − β2ᵗ)
    const float* eps,        // [1]
    const float* decay,      // [1], or null: 1
    const float* beta1,      // [1], or null: fixed_beta1
    const float* one_minus1, // [1], or null: fixed_one_minus1
    float fixed_beta1, float fixed_one_minus1, float beta2, float one_minus2) {
    adam(p, m, v, g, n, clip, step_size, root_bc2, eps, decay, beta1, one_minus1, fixed_beta1, fixed_one_minus1, beta2, one_minus2);
}

extern "C" __global__ void adam_f64(double* p, double* m, double* v, const double* g, long long n, const double* clip,
                                    const double* step_size, const double* root_bc2, const double* eps, const double* decay,
                                    const double* beta1, const double* one_minus1, double fixed_beta1, double fixed_one_minus1,
                                    double beta2, double one_minus2) {
    adam(p, m, v, g, n, clip, step_size, root_bc2, eps, decay, beta1, one_minus1, fixed_beta1, fixed_one_minus1, beta2, one_minus2);
}
