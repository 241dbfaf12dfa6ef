// How neurons fire, in activations y (rows × cols):
//
//	fired[j] += Σ_i [|y_ij| > threshold], or Σ_i [y_ij > 0] where threshold is null
//	total[j] += Σ_i y_ij
//
// Grid, block, partials, arrived, shared memory: columns.cuh, with two results for each column.
#include "columns.cuh"

template <typename T>
__device__ void count_active(double* fired, double* total, const T* y, const T* threshold, long long rows, long long cols, double* partials,
                             unsigned* arrived) {
    T limit = threshold ? *threshold : T(0);
    int above = 0;
    double sums[2] = {0, 0};
    walk_columns(
        rows, cols, [&](long long i) { return y[i]; },
        [&](long long, T v) {
            above += (threshold ? T(fabs(v)) : v) > limit;
            sums[1] += double(v);
        });
    sums[0] = above;
    join_columns<2, Addition>(sums, cols, partials, arrived, [&](long long j, double* sum) {
        if (fired) fired[j] += sum[0];
        if (total) total[j] += sum[1];
    });
}

extern "C" __global__ void count_active_f32(
    double* fired,          // [cols] or null
    double* total,          // [cols] or null
    const float* y,         // (rows × cols)
    const float* threshold, // [1] or null
    long long rows, long long cols, double* partials, unsigned* arrived) {
    count_active(fired, total, y, threshold, rows, cols, partials, arrived);
}

extern "C" __global__ void count_active_f64(double* fired, double* total, const double* y, const double* threshold, long long rows,
                                            long long cols, double* partials, unsigned* arrived) {
    count_active(fired, total, y, threshold, rows, cols, partials, arrived);
}
