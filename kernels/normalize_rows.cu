// Rows divided by their L2 norms, and the gradient of that, over (rows × cols):
//
//	norm_i = ‖x_i‖,   inverse_i = 1/norm_i, 0 unless norm_i is above 0,   y = x · inverse
//	dx_i = (dy_i − y_i (y_i · dy_i)) · inverse_i
//
// Squares and products are added in float64. y may be x, dx may be dy.
//
// Grid: rows / blockDim.y, one-dimensional. Block: a team for a row × rows, 256 threads; the team is a
// function of cols alone. Shared memory: 256 bytes.
#include "rows.cuh"

template <typename T> __device__ void normalize_rows(T* y, T* norm, T* inverse, const T* x, long long rows, long long cols) {
    long long r = (long long)blockIdx.x * blockDim.y + threadIdx.y, n = r < rows ? cols : 0;
    x += r * cols;
    y += r * cols;
    bool packs = aligned(x, y);
    auto get = [&](long long j, auto w) { return load(x, j, w); };
    Lanes<T, Addition> squares;
    each_of_row<T>(n, packs, threadIdx.x, blockDim.x, get, [&](long long, auto w, int lane, auto& v) {
        for (int l = 0; l < w.n; l++) squares.add(lane + l, double(v[l]) * double(v[l]));
    });
    T length = root(T(team_reduce(squares.total(), Addition::join)));
    T scale = inverse_length(length);
    each_of_row<T>(n, packs, threadIdx.x, blockDim.x, get, [&](long long j, auto w, int, auto& v) {
        for (int l = 0; l < w.n; l++) v[l] = mul(v[l], scale);
        store(y, j, v);
    });
    if (r < rows && threadIdx.x == 0) {
        norm[r] = length;
        inverse[r] = scale;
    }
}

template <typename T> __device__ void normalize_rows_backward(T* dx, const T* dy, const T* y, const T* inverse, long long rows, long long cols) {
    long long r = (long long)blockIdx.x * blockDim.y + threadIdx.y, n = r < rows ? cols : 0;
    dx += r * cols;
    dy += r * cols;
    y += r * cols;
    bool packs = aligned(dx, dy, y);
    Lanes<T, Addition> products;
    each_of_row<T>(
        n, packs, threadIdx.x, blockDim.x, [&](long long j, auto w) { return load(dy, j, w); },
        [&](long long j, auto w, int lane, auto& d) {
            auto v = load(y, j, w);
            for (int l = 0; l < w.n; l++) products.add(lane + l, double(v[l]) * double(d[l]));
        });
    T dot = T(team_reduce(products.total(), Addition::join)), scale = n > 0 ? inverse[r] : T(0);
    each_of_row<T>(
        n, packs, threadIdx.x, blockDim.x, [&](long long j, auto w) { return load(dy, j, w); },
        [&](long long j, auto w, int, auto& d) {
            auto v = load(y, j, w);
            for (int l = 0; l < w.n; l++) d[l] = mul(minus(d[l], mul(v[l], dot)), scale);
            store(dx, j, d);
        });
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
