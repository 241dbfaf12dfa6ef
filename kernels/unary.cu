// y = op(x), element by element; y may be x. The operations, their results at NaN, ±0 and ±Inf, and
// their accuracy are those of compute.UnaryOp. What is not exact is made of CUDA's own functions, which are
// within 2 units in the last place, but erfc: 4 in float32, 5 in float64 (CUDA C++ Programming Guide,
// mathematical functions).
//
// Grid: any, one-dimensional. Block: any. No shared memory.
#include "curves.cuh"
#include "elements.cuh"

// The order of compute.UnaryOp.
enum UnaryOp {
    RELU, SQRT, SQUARE, ABS, NEGATIVE, POSITIVE, RECIPROCAL, SIGN,
    EXP, EXPM1, LOG, LOG1P, TANH, ERF, SIGMOID,
    GELU, GELU_SLOPE, SILU, SILU_SLOPE, ELU, ELU_SLOPE, SOFTPLUS, SOFTPLUS_SLOPE
};

// sign is −1, 0 or 1; 0 for −0, NaN for NaN.
template <typename T> __device__ inline T sign(T x) { return x > T(0) ? T(1) : x < T(0) ? T(-1) : x + T(0); }

template <typename T, typename F> __device__ void map(T* y, const T* x, long long n, F f) {
    each<T>(n, aligned(y, x), [&](long long i, auto w) {
        auto v = load(x, i, w);
        for (int l = 0; l < w.n; l++) v[l] = f(v[l]);
        store(y, i, v);
    });
}

template <typename T> __device__ void unary(T* y, const T* x, long long n, int op) {
    switch (op) {
    case RELU: return map(y, x, n, [](T v) { return relu(v); });
    case SQRT: return map(y, x, n, [](T v) { return root(v); });
    case SQUARE: return map(y, x, n, [](T v) { return mul(v, v); });
    case ABS: return map(y, x, n, [](T v) { return T(fabs(v)); });
    case NEGATIVE: return map(y, x, n, [](T v) { return T(v < T(0)); });
    case POSITIVE: return map(y, x, n, [](T v) { return T(v > T(0)); });
    case RECIPROCAL: return map(y, x, n, [](T v) { return over(T(1), v); });
    case SIGN: return map(y, x, n, [](T v) { return sign(v); });
    case EXP: return map(y, x, n, [](T v) { return T(exp(v)); });
    case EXPM1: return map(y, x, n, [](T v) { return T(expm1(v)); });
    case LOG: return map(y, x, n, [](T v) { return T(log(v)); });
    case LOG1P: return map(y, x, n, [](T v) { return T(log1p(v)); });
    case TANH: return map(y, x, n, [](T v) { return T(tanh(v)); });
    case ERF: return map(y, x, n, [](T v) { return T(erf(v)); });
    case SIGMOID: return map(y, x, n, [](T v) { return sigmoid(v); });
    case GELU: return map(y, x, n, [](T v) { return gelu(v); });
    case GELU_SLOPE: return map(y, x, n, [](T v) { return normal(v) + v * density(v); });
    case SILU: return map(y, x, n, [](T v) { return v * sigmoid(v); });
    case SILU_SLOPE: return map(y, x, n, [](T v) { return sigmoid(v) * (T(1) + v * sigmoid(-v)); });
    case ELU: return map(y, x, n, [](T v) { return T(larger(v, T(0)) + expm1(smaller(v, T(0)))); });
    case ELU_SLOPE: return map(y, x, n, [](T v) { return T(exp(smaller(v, T(0)))); });
    case SOFTPLUS: return map(y, x, n, [](T v) { return T(v > T(20) ? v : log1p(exp(v))); });
    case SOFTPLUS_SLOPE: return map(y, x, n, [](T v) { return v > T(20) ? T(1) : sigmoid(v); });
    }
}

extern "C" __global__ void unary_f32(float* y /* [n] */, const float* x /* [n] */, long long n, int op) { unary(y, x, n, op); }

extern "C" __global__ void unary_f64(double* y /* [n] */, const double* x /* [n] */, long long n, int op) { unary(y, x, n, op); }
