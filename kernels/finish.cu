// What follows a product or a convolution (compute.Epilogue), on each element of column j of x (rows ×
// cols); what is null or 0 is left out:
//
//	t = x + bias_j;  t = t · Φ(t) with gelu;  t = t · scale_j + shift_j;  t = t + residual;  y = max(t, 0) with relu
//
// Grid: columns × rows. Block: the same. No shared memory.
#include "curves.cuh"
#include "elements.cuh"

template <typename T>
__device__ void finish_rows(T* y, const T* x, const T* bias, int with_gelu, const T* scale, const T* shift, const T* residual, int with_relu,
                            long long rows, long long cols) {
    each_row(rows, [&](long long r) {
        for (long long j = thread_index(); j < cols; j += thread_count()) {
            T t = x[r * cols + j];
            if (bias) t = plus(t, bias[j]);
            if (with_gelu) t = gelu(t);
            if (scale) t = plus(mul(t, scale[j]), shift[j]);
            if (residual) t = plus(t, residual[r * cols + j]);
            y[r * cols + j] = with_relu ? relu(t) : t;
        }
    });
}

extern "C" __global__ void finish_f32(
    float* y,              // (rows × cols); may be x
    const float* x,        // (rows × cols)
    const float* bias,     // [cols] or null
    int with_gelu,
    const float* scale,    // [cols], or null with shift
    const float* shift,    // [cols]
    const float* residual, // (rows × cols) or null
    int with_relu, long long rows, long long cols) {
    finish_rows(y, x, bias, with_gelu, scale, shift, residual, with_relu, rows, cols);
}

extern "C" __global__ void finish_f64(double* y, const double* x, const double* bias, int with_gelu, const double* scale, const double* shift,
                                      const double* residual, int with_relu, long long rows, long long cols) {
    finish_rows(y, x, bias, with_gelu, scale, shift, residual, with_relu, rows, cols);
}
