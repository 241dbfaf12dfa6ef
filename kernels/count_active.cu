// What bias_relu counts, of activations y (rows × cols) that a product has left as they are to be:
//
//	fired[j] += Σ_i [y_ij > 0]
//	total[j] += Σ_i y_ij
//
// Grid, block, partials, arrived, shared memory: columns.cuh, with two results for each column.
#include "columns.cuh"

extern "C" __global__ void count_active_f32(
    const float* __restrict__ y, // (rows × cols)
    double* fired,               // [cols] or null
    double* total,               // [cols] or null
    long long rows, long long cols, double* partials, unsigned* arrived) {
    down_columns<2, Addition>(
        rows, cols, true, partials, arrived, [&](long long i) { return y[i]; },
        [&](long long, float v, double* sum) {
            sum[0] += v > 0 ? 1 : 0;
            sum[1] += double(v);
        },
        [&](long long j, double* sum) {
            if (fired) fired[j] += sum[0];
            if (total) total[j] += sum[1];
        });
}
