// Adam (Kingma and Ba 2015, algorithm 1, in the order of operations of torch.optim.Adam), each operation
// rounded once, as the rule of update.cuh, which has grid, block and shared memory. With g clipped:
//
//	m = β1 m + (1 − β1) g
//	v = β2 v + (1 − β2) g²
//	p = decay · p − stepsize · (m / (√v / rootbc2 + ε))
//
// A group's row of scalars: stepsize = η / (1 − β1ᵗ), rootbc2 = √(1 − β2ᵗ), ε; with more than 3 columns, decay;
// with more than 4, β1 and 1 − β1 in place of the fixed ones.
//
// Three blocks fit a multiprocessor, so that loads of some are on their way while others compute.
#include "update.cuh"

template <typename T> struct Adam {
    T step_size, root_bc2, eps, decay, beta1, one_minus1, beta2, one_minus2;

    static const bool SPARSE = false;
    __device__ static bool moves(T) { return true; }

    __device__ T step(T p, T g, T (&s)[2]) const {
        s[0] = plus(mul(beta1, s[0]), mul(one_minus1, g));
        s[1] = plus(mul(beta2, s[1]), mul(one_minus2, mul(g, g)));
        return minus(mul(decay, p), mul(step_size, over(s[0], plus(over(root(s[1]), root_bc2), eps))));
    }
};

template <typename T>
__device__ void adam(T* p, T* m, T* v, const T* g, const long long* table, int parts, long long room, const T* clip, const T* rows,
                     int columns, T beta1, T one_minus1, T beta2, T one_minus2) {
    update<T, 2>({p, g, {m, v}}, table, parts, room, clip, rows, columns, [&](const T* r) {
        bool decays = columns > 3, changes = columns > 4;
        return Adam<T>{r[0], r[1], r[2], decays ? r[3] : T(1), changes ? r[4] : beta1, changes ? r[5] : one_minus1, beta2, one_minus2};
    });
}

extern "C" __global__ void __launch_bounds__(256, 3) adam_f32(
    float* p,               // [n] parameters
    float* m,               // [n] first moments
    float* v,               // [n] second moments
    const float* g,         // [n] gradients
    const long long* table, // (parts × PART_FIELDS)
    int parts, long long room,
    const float* clip,      // [1]
    const float* rows,      // (groups × columns)
    int columns, float beta1, float one_minus1, float beta2, float one_minus2) {
    adam(p, m, v, g, table, parts, room, clip, rows, columns, beta1, one_minus1, beta2, one_minus2);
}

extern "C" __global__ void __launch_bounds__(256, 2) adam_f64(double* p, double* m, double* v, const double* g, const long long* table, int parts, long long room,
                                    const double* clip, const double* rows, int columns, double beta1,
                                    double one_minus1, double beta2, double one_minus2) {
    adam(p, m, v, g, table, parts, room, clip, rows, columns, beta1, one_minus1, beta2, one_minus2);
}
