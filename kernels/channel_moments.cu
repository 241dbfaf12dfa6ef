// The mean and the spread of each column of x (rows × cols), for batch normalisation (Ioffe and Szegedy
// 2015), in two passes: channel_mean, then channel_spread.
//
//	mean = Σ x / n,   variance = Σ (x − mean)² / n,   inv = 1 / √(variance + eps)
//	running_mean = (1 − momentum) running_mean + momentum · mean
//	running_var  = (1 − momentum) running_var + momentum · variance · n / (n − 1)
//
// Grid, block, partials, arrived, shared memory: columns.cuh, with one result for each column.
#include "columns.cuh"

template <typename T> __device__ void channel_mean(T* mean, const T* x, long long rows, long long cols, double* partials, unsigned* arrived) {
    down_columns<1, Addition>(
        rows, cols, true, partials, arrived, [&](long long i) { return x[i]; },
        [&](long long, T v, double* sum) { sum[0] += double(v); },
        [&](long long j, double* sum) { mean[j] = T(sum[0] / double(rows)); });
}

template <typename T>
__device__ void channel_spread(T* inv, T* running_mean, T* running_var, const T* mean, const T* x, long long rows, long long cols,
                               double momentum, double eps, double* partials, unsigned* arrived) {
    long long column = (long long)blockIdx.x * STRIP + threadIdx.x;
    T m = column < cols ? mean[column] : T(0);
    down_columns<1, Addition>(
        rows, cols, true, partials, arrived, [&](long long i) { return minus(x[i], m); },
        [&](long long, T d, double* sum) { sum[0] += double(d) * double(d); },
        [&](long long j, double* sum) {
            inv[j] = T(1 / sqrt(sum[0] / double(rows) + eps));
            if (!running_mean) return;
            double others = rows > 1 ? double(rows - 1) : 1;
            running_mean[j] = T((1 - momentum) * double(running_mean[j]) + momentum * double(mean[j]));
            running_var[j] = T((1 - momentum) * double(running_var[j]) + momentum * (sum[0] / others));
        });
}

extern "C" __global__ void channel_mean_f32(float* mean /* [cols] */, const float* x /* (rows × cols) */, long long rows, long long cols,
                                            double* partials, unsigned* arrived) {
    channel_mean(mean, x, rows, cols, partials, arrived);
}

extern "C" __global__ void channel_mean_f64(double* mean /* [cols] */, const double* x /* (rows × cols) */, long long rows, long long cols,
                                            double* partials, unsigned* arrived) {
    channel_mean(mean, x, rows, cols, partials, arrived);
}

extern "C" __global__ void channel_spread_f32(
    float* inv,          // [cols]
    float* running_mean, // [cols], or null with running_var
    float* running_var,  // [cols]
    const float* mean,   // [cols]
    const float* x,      // (rows × cols)
    long long rows, long long cols, double momentum, double eps, double* partials, unsigned* arrived) {
    channel_spread(inv, running_mean, running_var, mean, x, rows, cols, momentum, eps, partials, arrived);
}

extern "C" __global__ void channel_spread_f64(double* inv, double* running_mean, double* running_var, const double* mean, const double* x,
                                              long long rows, long long cols, double momentum, double eps, double* partials, unsigned* arrived) {
    channel_spread(inv, running_mean, running_var, mean, x, rows, cols, momentum, eps, partials, arrived);
}
