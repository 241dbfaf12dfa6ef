// z = op(x, y), element by element, over x (rows × cols). y has x's shape, or is broadcast: one number,
// a row for every row of x, or a column for every column. z may be x, and y where it is not broadcast.
// The operations and their results at NaN are those of compute.BinaryOp.
//
// Grid: columns × rows. Block: columns × rows, any. No shared memory. Operands of one shape come as a
// single row.
#include "elements.cuh"

// The order of compute.BinaryOp.
enum BinaryOp { ADD, SUB, MUL, DIV, MIN, MAX, MASK_BY_ABOVE };

// How y is repeated.
enum Broadcast { SAME, SCALAR, ROW, COLUMN };

// combine loads W columns at a time.
template <typename T, int W, typename F>
__device__ void combine(T* z, const T* x, const T* y, long long rows, long long cols, int how, F f) {
    each_row(rows, [&](long long r) {
        T one = how == SCALAR ? y[0] : how == COLUMN ? y[r] : T(0);
        for (long long j = thread_index() * W; j < cols; j += thread_count() * W) {
            auto a = load(x, r * cols + j, Width<W>());
            Pack<T, W> b;
            for (int l = 0; l < W; l++) b[l] = one;
            if (how == SAME) b = load(y, r * cols + j, Width<W>());
            if (how == ROW) b = load(y, j, Width<W>());
            for (int l = 0; l < W; l++) a[l] = f(a[l], b[l]);
            store(z, r * cols + j, a);
        }
    });
}

template <typename T, typename F>
__device__ void zip(T* z, const T* x, const T* y, long long rows, long long cols, int how, F f) {
    bool loads_of_y = how == SAME || how == ROW;
    if (cols % wide<T>() == 0 && aligned(z, x) && (!loads_of_y || aligned(y)))
        combine<T, wide<T>()>(z, x, y, rows, cols, how, f);
    else
        combine<T, 1>(z, x, y, rows, cols, how, f);
}

template <typename T>
__device__ void binary(T* z, const T* x, const T* y, long long rows, long long cols, int how, int op) {
    switch (op) {
    case ADD: return zip(z, x, y, rows, cols, how, [](T a, T b) { return plus(a, b); });
    case SUB: return zip(z, x, y, rows, cols, how, [](T a, T b) { return minus(a, b); });
    case MUL: return zip(z, x, y, rows, cols, how, [](T a, T b) { return mul(a, b); });
    case DIV: return zip(z, x, y, rows, cols, how, [](T a, T b) { return over(a, b); });
    case MIN: return zip(z, x, y, rows, cols, how, [](T a, T b) { return smaller(a, b); });
    case MAX: return zip(z, x, y, rows, cols, how, [](T a, T b) { return larger(a, b); });
    case MASK_BY_ABOVE: return zip(z, x, y, rows, cols, how, [](T a, T b) { return b > T(0) ? a : T(0); });
    }
}

extern "C" __global__ void binary_f32(
    float* z,       // (rows × cols)
    const float* x, // (rows × cols)
    const float* y, // (rows × cols), [1], [cols] or (rows × 1)
    long long rows, long long cols, int how, int op) {
    binary(z, x, y, rows, cols, how, op);
}

extern "C" __global__ void binary_f64(double* z, const double* x, const double* y, long long rows, long long cols, int how, int op) {
    binary(z, x, y, rows, cols, how, op);
}
