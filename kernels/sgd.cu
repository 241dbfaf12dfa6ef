// Gradient descent (torch.optim.SGD, dampening 0, not Nesterov's), each operation rounded once, as the rule
// of update.cuh, which has grid, block and shared memory. With g clipped, and η a group's only scalar:
//
//	u = g; where there is an m: u = m = momentum · m + g
//	p = p − η u
#include "update.cuh"

template <typename T> struct Descent {
    T lr;
    static const bool SPARSE = false;
    __device__ static bool moves(T) { return true; }
    __device__ T step(T p, T g, T (&)[1]) const { return minus(p, mul(lr, g)); }
};

template <typename T> struct Momentum {
    T lr, momentum;
    static const bool SPARSE = false;
    __device__ static bool moves(T) { return true; }
    __device__ T step(T p, T g, T (&s)[1]) const {
        s[0] = plus(mul(momentum, s[0]), g);
        return minus(p, mul(lr, s[0]));
    }
};

template <typename T>
__device__ void sgd(T* p, T* m, const T* g, const long long* table, int parts, long long room, const T* clip, const T* rows, int columns, T momentum) {
    if (m) update<T, 1>({p, g, {m}}, table, parts, room, clip, rows, columns, [&](const T* r) { return Momentum<T>{r[0], momentum}; });
    else update<T, 0>({p, g, {}}, table, parts, room, clip, rows, columns, [&](const T* r) { return Descent<T>{r[0]}; });
}

extern "C" __global__ void sgd_f32(
    float* p,               // [n] parameters
    float* m,               // [n] momentum, or null
    const float* g,         // [n] gradients
    const long long* table, // (parts × PART_FIELDS)
    int parts, long long room,
    const float* clip,      // [1]
    const float* rows,      // (groups × columns): 1
    int columns, float momentum) {
    sgd(p, m, g, table, parts, room, clip, rows, columns, momentum);
}

extern "C" __global__ void sgd_f64(double* p, double* m, const double* g, const long long* table, int parts, long long room,
                                   const double* clip, const double* rows, int columns, double momentum) {
    sgd(p, m, g, table, parts, room, clip, rows, columns, momentum);
}
