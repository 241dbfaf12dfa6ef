// dst[j] = Σ or max of term(x_ij) over the rows i of each column, and of dst before where accumulate is
// set; see reduce_all.cu for the terms.
//
// Grid, block, partials, arrived, shared memory: columns.cuh, with one result for each column.
#include "columns.cuh"
#include "terms.cuh"

template <typename T>
__device__ void reduce_columns(void* dst, int dst_is_f64, const T* x, long long rows, long long cols, int op, int accumulate,
                               double* partials, unsigned* arrived) {
    with_op(op, [&](auto o) {
        typedef Joining<o.n> Op;
        down_columns<1, Op>(
            rows, cols, true, partials, arrived, [&](long long i) { return x[i]; },
            [&](long long, T v, double* sum) { sum[0] = Op::join(sum[0], term<o.n>(v)); },
            [&](long long j, double* sum) { put<T, Op>(dst, dst_is_f64, j, sum[0], accumulate); });
    });
}

extern "C" __global__ void reduce_columns_f32(
    void* dst,      // [cols], of float64 or of x's type
    int dst_is_f64,
    const float* x, // (rows × cols)
    long long rows, long long cols, int op, int accumulate, double* partials, unsigned* arrived) {
    reduce_columns(dst, dst_is_f64, x, rows, cols, op, accumulate, partials, arrived);
}

extern "C" __global__ void reduce_columns_f64(void* dst, int dst_is_f64, const double* x, long long rows, long long cols, int op,
                                              int accumulate, double* partials, unsigned* arrived) {
    reduce_columns(dst, dst_is_f64, x, rows, cols, op, accumulate, partials, arrived);
}
