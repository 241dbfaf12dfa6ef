// What follows a product or a convolution (compute.Epilogue), on each element of column j of x (rows ×
// cols); what is null or 0 is left out:
//
//	t = x + bias_j;  t = t · Φ(t) with gelu;  t = t · scale_j + shift_j;  t = t + residual;  y = max(t, 0) with relu
//
// Grid: columns × rows. Block: the same. No shared memory.
#include "curves.cuh"
#include "elements.cuh"

// finish_columns takes W columns at a time.
template <typename T, int W>
__device__ void finish_columns(T* y, const T* x, const T* bias, int with_gelu, const T* scale, const T* shift, const T* residual, int with_relu,
                               long long rows, long long cols) {
    Width<W> w;
    each_row(rows, [&](long long r) {
        for (long long j = thread_index() * W; j < cols; j += thread_count() * W) {
            Pack<T, W> t = load(x, r * cols + j, w), b = {}, a = {}, c = {}, d = {};
            if (bias) b = load(bias, j, w);
            if (scale) a = load(scale, j, w), c = load(shift, j, w);
            if (residual) d = load(residual, r * cols + j, w);
            for (int l = 0; l < W; l++) {
                if (bias) t[l] = plus(t[l], b[l]);
                if (with_gelu) t[l] = gelu(t[l]);
                if (scale) t[l] = plus(mul(t[l], a[l]), c[l]);
                if (residual) t[l] = plus(t[l], d[l]);
                if (with_relu) t[l] = relu(t[l]);
            }
            store(y, r * cols + j, t);
        }
    });
}

template <typename T>
__device__ void finish_rows(T* y, const T* x, const T* bias, int with_gelu, const T* scale, const T* shift, const T* residual, int with_relu,
                            long long rows, long long cols) {
    constexpr int W = wide<T>();
    if (cols % W == 0 && aligned(y, x, bias, scale, shift, residual))
        finish_columns<T, W>(y, x, bias, with_gelu, scale, shift, residual, with_relu, rows, cols);
    else
        finish_columns<T, 1>(y, x, bias, with_gelu, scale, shift, residual, with_relu, rows, cols);
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
