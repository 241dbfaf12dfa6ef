// dst[r] = Σ or max of term(x_rj) over the columns j of each row, and of dst before where accumulate is
// set; see reduce_all.cu for the terms.
//
// Grid: rows / blockDim.y, one-dimensional. Block: threads for a row × rows; the former, a function of
// cols alone, is a power of two up to 32 or a multiple of 32, the whole a multiple of 32. Shared memory:
// 256 bytes.
#include "terms.cuh"

template <typename T>
__device__ void reduce_rows(void* dst, int dst_is_f64, const T* x, long long rows, long long cols, int op, int accumulate) {
    long long r = (long long)blockIdx.x * blockDim.y + threadIdx.y;
    with_op(op, [&](auto o) {
        typedef Joining<o.n> Op;
        double v = Op::nothing();
        if (r < rows)
            for (long long j = threadIdx.x; j < cols; j += blockDim.x) v = Op::join(v, term<o.n>(x[r * cols + j]));
        v = team_reduce(v, Op::join);
        if (r < rows && threadIdx.x == 0) put<T, Op>(dst, dst_is_f64, r, v, accumulate);
    });
}

extern "C" __global__ void reduce_rows_f32(
    void* dst,      // [rows], of float64 or of x's type
    int dst_is_f64,
    const float* x, // (rows × cols)
    long long rows, long long cols, int op, int accumulate) {
    reduce_rows(dst, dst_is_f64, x, rows, cols, op, accumulate);
}

extern "C" __global__ void reduce_rows_f64(void* dst, int dst_is_f64, const double* x, long long rows, long long cols, int op, int accumulate) {
    reduce_rows(dst, dst_is_f64, x, rows, cols, op, accumulate);
}
