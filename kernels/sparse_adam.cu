// Adam for the entries whose clipped gradient is neither 0 nor NaN, each operation rounded once, as the rule
// of update.cuh, which has grid, block and shared memory; the others keep p, m and v. With g clipped, and
// stepsize = η √(1 − β2ᵗ) / (1 − β1ᵗ) and ε a group's scalars:
//
//	m = m + (1 − β1)(g − m)
//	v = v + (1 − β2)(g² − v)
//	p = p − stepsize · (m / (√v + ε))
#include "update.cuh"

template <typename T> struct SparseAdam {
    T step_size, eps, one_minus1, one_minus2;
    static const bool SPARSE = true;
    __device__ static bool moves(T g) { return g > T(0) || g < T(0); }
    __device__ T step(T p, T g, T (&s)[2]) const {
        s[0] = plus(s[0], mul(one_minus1, minus(g, s[0])));
        s[1] = plus(s[1], mul(one_minus2, minus(mul(g, g), s[1])));
        return minus(p, mul(step_size, over(s[0], plus(root(s[1]), eps))));
    }
};

template <typename T>
__device__ void sparse_adam(T* p, T* m, T* v, const T* g, const long long* table, int parts, long long room, const T* clip, const T* rows,
                            int columns, T one_minus1, T one_minus2) {
    update<T, 2>({p, g, {m, v}}, table, parts, room, clip, rows, columns, [&](const T* r) {
        return SparseAdam<T>{r[0], r[1], one_minus1, one_minus2};
    });
}

extern "C" __global__ void sparse_adam_f32(
    float* p,               // [n] parameters
    float* m,               // [n] first moments
    float* v,               // [n] second moments
    const float* g,         // [n] gradients
    const long long* table, // (parts × PART_FIELDS)
    int parts, long long room,
    const float* clip,      // [1]
    const float* rows,      // (groups × columns): 2
    int columns, float one_minus1, float one_minus2) {
    sparse_adam(p, m, v, g, table, parts, room, clip, rows, columns, one_minus1, one_minus2);
}

extern "C" __global__ void sparse_adam_f64(double* p, double* m, double* v, const double* g, const long long* table, int parts,
                                           long long room, const double* clip, const double* rows, int columns, double one_minus1, double one_minus2) {
    sparse_adam(p, m, v, g, table, parts, room, clip, rows, columns, one_minus1, one_minus2);
}
