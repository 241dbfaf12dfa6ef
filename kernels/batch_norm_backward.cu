// The backward pass of y = gamma · x̂ + beta with x̂ = (x − mean) · inv and the moments of x (rows × cols)
// itself, in two passes: batch_norm_sums, then batch_norm_grad. n is the number of rows.
//
//	dbeta = Σ dy,   dgamma = Σ dy · x̂
//	dx = gamma · inv · (dy − dbeta/n − x̂ · dgamma/n) = a · ((dy − b) − (x − mean) · c)
//
// Grid and block of the sums: columns.cuh, with two results for each column.
#include "columns.cuh"

template <typename T>
__device__ void batch_norm_sums(T* dgamma, T* dbeta, T* abc, const T* dy, const T* x, const T* mean, const T* inv, const T* gamma,
                                long long rows, long long cols, double* partials, unsigned* arrived) {
    long long column = (long long)blockIdx.x * STRIP + threadIdx.x;
    T m = column < cols ? mean[column] : T(0);
    struct Both { T dy, d; };
    down_columns<2, Addition>(
        rows, cols, true, partials, arrived, [&](long long i) { return Both{dy[i], minus(x[i], m)}; },
        [&](long long, Both v, double* sum) {
            sum[0] += double(v.dy);
            sum[1] += double(mul(v.dy, v.d));
        },
        [&](long long j, double* sum) {
            double v = double(inv[j]), n = double(rows);
            dbeta[j] = T(sum[0]);
            dgamma[j] = T(sum[1] * v);
            abc[j] = T(double(gamma[j]) * v);
            abc[cols + j] = T(sum[0] / n);
            abc[2 * cols + j] = T(sum[1] * v * v / n);
        });
}

// grad_columns takes W columns at a time.
template <typename T, int W>
__device__ void grad_columns(T* dx, const T* dy, const T* x, const T* mean, const T* abc, long long rows, long long cols) {
    Width<W> w;
    each_row(rows, [&](long long r) {
        for (long long j = thread_index() * W; j < cols; j += thread_count() * W) {
            auto d = load(dy, r * cols + j, w), v = load(x, r * cols + j, w);
            auto m = load(mean, j, w), a = load(abc, j, w), b = load(abc, cols + j, w), c = load(abc, 2 * cols + j, w);
            for (int l = 0; l < W; l++) d[l] = mul(a[l], minus(minus(d[l], b[l]), mul(minus(v[l], m[l]), c[l])));
            store(dx, r * cols + j, d);
        }
    });
}

// batch_norm_grad: grid columns × rows, block the same, no shared memory.
template <typename T> __device__ void batch_norm_grad(T* dx, const T* dy, const T* x, const T* mean, const T* abc, long long rows, long long cols) {
    constexpr int W = wide<T>();
    if (cols % W == 0 && aligned(dx, dy, x, mean, abc)) grad_columns<T, W>(dx, dy, x, mean, abc, rows, cols);
    else grad_columns<T, 1>(dx, dy, x, mean, abc, rows, cols);
}

extern "C" __global__ void batch_norm_sums_f32(
    float* dgamma,      // [cols]
    float* dbeta,       // [cols]
    float* abc,         // (3 × cols), for batch_norm_grad
    const float* dy,    // (rows × cols)
    const float* x,     // (rows × cols)
    const float* mean,  // [cols]
    const float* inv,   // [cols]
    const float* gamma, // [cols]
    long long rows, long long cols, double* partials, unsigned* arrived) {
    batch_norm_sums(dgamma, dbeta, abc, dy, x, mean, inv, gamma, rows, cols, partials, arrived);
}

extern "C" __global__ void batch_norm_sums_f64(double* dgamma, double* dbeta, double* abc, const double* dy, const double* x,
                                               const double* mean, const double* inv, const double* gamma, long long rows, long long cols,
                                               double* partials, unsigned* arrived) {
    batch_norm_sums(dgamma, dbeta, abc, dy, x, mean, inv, gamma, rows, cols, partials, arrived);
}

extern "C" __global__ void batch_norm_grad_f32(
    float* dx,         // (rows × cols); may be dy
    const float* dy,   // (rows × cols)
    const float* x,    // (rows × cols)
    const float* mean, // [cols]
    const float* abc,  // (3 × cols)
    long long rows, long long cols) {
    batch_norm_grad(dx, dy, x, mean, abc, rows, cols);
}

extern "C" __global__ void batch_norm_grad_f64(double* dx, const double* dy, const double* x, const double* mean, const double* abc,
                                               long long rows, long long cols) {
    batch_norm_grad(dx, dy, x, mean, abc, rows, cols);
}
