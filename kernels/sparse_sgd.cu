// Gradient descent with momentum for the entries whose clipped gradient is neither 0 nor NaN, each operation
// rounded once, as the rule of update.cuh, which has grid, block and shared memory; the others keep p and m.
// With g clipped, and η a group's only scalar:
//
//	m = momentum · m + g
//	p = p − η m
#include "update.cuh"

template <typename T> struct SparseMomentum {
    T lr, momentum;
    static const bool SPARSE = true;
    __device__ static bool moves(T g) { return g > T(0) || g < T(0); }
    __device__ T step(T p, T g, T (&s)[1]) const {
        s[0] = plus(mul(momentum, s[0]), g);
        return minus(p, mul(lr, s[0]));
    }
};

template <typename T>
__device__ void sparse_sgd(T* p, T* m, const T* g, const long long* table, int parts, long long room, const T* clip, const T* rows, int columns, T momentum) {
    update<T, 1>({p, g, {m}}, table, parts, room, clip, rows, columns, [&](const T* r) { return SparseMomentum<T>{r[0], momentum}; });
}

extern "C" __global__ void sparse_sgd_f32(
    float* p,               // [n] parameters
    float* m,               // [n] momentum
    const float* g,         // [n] gradients
    const long long* table, // (parts × PART_FIELDS)
    int parts, long long room,
    const float* clip,      // [1]
    const float* rows,      // (groups × columns): 1
    int columns, float momentum) {
    sparse_sgd(p, m, g, table, parts, room, clip, rows, columns, momentum);
}

extern "C" __global__ void sparse_sgd_f64(double* p, double* m, const double* g, const long long* table, int parts, long long room,
                                          const double* clip, const double* rows, int columns, double momentum) {
    sparse_sgd(p, m, g, table, parts, room, clip, rows, columns, momentum);
}
