// ds_ij = p_ij (dp_ij − Σ_k p_ik dp_ik), over (rows × cols), with the sum in float64.
//
// Grid: rows / blockDim.y, one-dimensional. Block: as reduce_rows.cu. Shared memory: 256 bytes.
#include "reduce.cuh"

template <typename T> __device__ void row_softmax_backward(T* ds, const T* dp, const T* p, long long rows, long long cols) {
    long long r = (long long)blockIdx.x * blockDim.y + threadIdx.y;
    long long end = r < rows ? cols : 0;
    double mean = 0;
    for (long long j = threadIdx.x; j < end; j += blockDim.x) mean += double(p[r * cols + j]) * double(dp[r * cols + j]);
    mean = team_reduce(mean, Addition::join);
    for (long long j = threadIdx.x; j < end; j += blockDim.x)
        ds[r * cols + j] = T(double(p[r * cols + j]) * (double(dp[r * cols + j]) - mean));
}

extern "C" __global__ void row_softmax_backward_f32(
    float* ds,       // (rows × cols), neither dp nor p
    const float* dp, // (rows × cols)
    const float* p,  // (rows × cols)
    long long rows, long long cols) {
    row_softmax_backward(ds, dp, p, rows, cols);
}

extern "C" __global__ void row_softmax_backward_f64(double* ds, const double* dp, const double* p, long long rows, long long cols) {
    row_softmax_backward(ds, dp, p, rows, cols);
}
