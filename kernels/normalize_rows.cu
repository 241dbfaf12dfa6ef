// Rows divided by their L2 norms, and the gradient of that, over (rows × cols):
//
//	norm_i = ‖x_i‖,   inverse_i = 1/norm_i, 0 unless norm_i is above 0,   y = x · inverse
//	dx_i = (dy_i − y_i (y_i · dy_i)) · inverse_i
//
// Squares and products are added in float64. y may be x, dx may be dy.
//
// Grid: rows / blockDim.y, one-dimensional. Block: as reduce_rows.cu. Shared memory: 256 bytes.
#include "reduce.cuh"

template <typename T> __device__ void normalize_rows(T* y, T* norm, T* inverse, const T* x, long long rows, long long cols) {
    long long r = (long long)blockIdx.x * blockDim.y + threadIdx.y;
    long long end = r < rows ? cols : 0;
    double squares = 0;
    for (long long j = threadIdx.x; j < end; j += blockDim.x) squares += double(x[r * cols + j]) * double(x[r * cols + j]);
    T length = root(T(team_reduce(squares, Addition::join)));
    T scale = length > T(0) ? over(T(1), length) : T(0);
    for (long long j = threadIdx.x; j < end; j += blockDim.x) y[r * cols + j] = mul(x[r * cols + j], scale);
    if (r < rows && threadIdx.x == 0) {
        norm[r] = length;
        inverse[r] = scale;
    }
}

template <typename T> __device__ void normalize_rows_backward(T* dx, const T* dy, const T* y, const T* inverse, long long rows, long long cols) {
    long long r = (long long)blockIdx.x * blockDim.y + threadIdx.y;
    long long end = r < rows ? cols : 0;
    double products = 0;
    for (long long j = threadIdx.x; j < end; j += blockDim.x) products += double(y[r * cols + j]) * double(dy[r * cols + j]);
    T dot = T(team_reduce(products, Addition::join));
    for (long long j = threadIdx.x; j < end; j += blockDim.x)
        dx[r * cols + j] = mul(minus(dy[r * cols + j], mul(y[r * cols + j], dot)), inverse[r]);
}

extern "C" __global__ void normalize_rows_f32(
    float* y,       // (rows × cols)
    float* norm,    // [rows]
    float* inverse, // [rows]
    const float* x, // (rows × cols)
    long long rows, long long cols) {
    normalize_rows(y, norm, inverse, x, rows, cols);
}

extern "C" __global__ void normalize_rows_f64(double* y, double* norm, double* inverse, const double* x, long long rows, long long cols) {
    normalize_rows(y, norm, inverse, x, rows, cols);
}

extern "C" __global__ void normalize_rows_backward_f32(
    float* dx,            // (rows × cols)
    const float* dy,      // (rows × cols)
    const float* y,       // (rows × cols)
    const float* inverse, // [rows]
    long long rows, long long cols) {
    normalize_rows_backward(dx, dy, y, inverse, rows, cols);
}

extern "C" __global__ void normalize_rows_backward_f64(double* dx, const double* dy, const double* y, const double* inverse, long long rows, long long cols) {
    normalize_rows_backward(dx, dy, y, inverse, rows, cols);
}
