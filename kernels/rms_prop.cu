// RMSProp (keep = α, add = 1 − α) and AdaGrad (keep = add = 1), each operation rounded once, as the rule of
// update.cuh, which has grid, block and shared memory. With g clipped, and η and ε a group's scalars:
//
//	s = keep · s + add · g²
//	p = p − η · (g / (√s + ε))
#include "update.cuh"

template <typename T> struct RMSProp {
    T lr, eps, keep, add;
    static const bool SPARSE = false;
    __device__ static bool moves(T) { return true; }
    __device__ T step(T p, T g, T (&s)[1]) const {
        s[0] = plus(mul(keep, s[0]), mul(add, mul(g, g)));
        return minus(p, mul(lr, over(g, plus(root(s[0]), eps))));
    }
};

template <typename T>
__device__ void rms_prop(T* p, T* s, const T* g, const long long* table, int parts, long long room, const T* clip, const T* rows, int columns, T keep, T add) {
    update<T, 1>({p, g, {s}}, table, parts, room, clip, rows, columns, [&](const T* r) {
        return RMSProp<T>{r[0], r[1], keep, add};
    });
}

extern "C" __global__ void rms_prop_f32(
    float* p,               // [n] parameters
    float* s,               // [n] squares
    const float* g,         // [n] gradients
    const long long* table, // (parts × PART_FIELDS)
    int parts, long long room,
    const float* clip,      // [1]
    const float* rows,      // (groups × columns): 2
    int columns, float keep, float add) {
    rms_prop(p, s, g, table, parts, room, clip, rows, columns, keep, add);
}

extern "C" __global__ void rms_prop_f64(double* p, double* s, const double* g, const long long* table, int parts, long long room,
                                        const double* clip, const double* rows, int columns, double keep, double add) {
    rms_prop(p, s, g, table, parts, room, clip, rows, columns, keep, add);
}
