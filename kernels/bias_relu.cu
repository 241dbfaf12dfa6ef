// A ReLU layer's forward pass in place, with counts of active neurons, over y (rows × cols):
//
//	y = max(y + bias, 0)            NaN stays NaN
//	fired[j] += Σ_i [y_ij > 0]
//	total[j] += Σ_i y_ij
//
// Grid, block, partials, arrived, shared memory: columns.cuh, with two results for each column.
#include "columns.cuh"

template <typename T>
__device__ void bias_relu(T* y, const T* bias, double* fired, double* total, long long rows, long long cols, double* partials, unsigned* arrived) {
    long long column = (long long)blockIdx.x * STRIP + threadIdx.x;
    T b = bias && column < cols ? bias[column] : T(0);
    int above = 0;
    double sums[2] = {0, 0};
    walk_columns(
        rows, cols, [&](long long i) { return y[i]; },
        [&](long long i, T v) {
            v = relu(bias ? plus(v, b) : v);
            y[i] = v;
            above += v > T(0);
            sums[1] += double(v);
        });
    if (!fired && !total) return;
    sums[0] = above;
    join_columns<2, Addition>(sums, cols, partials, arrived, [&](long long j, double* sum) {
        if (fired) fired[j] += sum[0];
        if (total) total[j] += sum[1];
    });
}

extern "C" __global__ void bias_relu_f32(
    float* y,          // (rows × cols)
    const float* bias, // [cols] or null
    double* fired,     // [cols] or null
    double* total,     // [cols] or null
    long long rows, long long cols, double* partials, unsigned* arrived) {
    bias_relu(y, bias, fired, total, rows, cols, partials, arrived);
}

extern "C" __global__ void bias_relu_f64(double* y, const double* bias, double* fired, double* total, long long rows, long long cols,
                                         double* partials, unsigned* arrived) {
    bias_relu(y, bias, fired, total, rows, cols, partials, arrived);
}
