// dst[b][j][i] = src[b][i][j]: the last two dimensions exchanged.
//
// Grid: n / 32 × m / 32 × any number of matrices at a time. Block: 32 × 8. Shared memory: a tile of 32 × 33
// elements, so that rows are read and rows are written.
#include "elements.cuh"

const int SIDE = 32;

template <typename T> __device__ void transpose(T* dst, const T* src, long long count, long long m, long long n) {
    __shared__ T tile[SIDE][SIDE + 1];
    long long i0 = (long long)blockIdx.y * SIDE, j0 = (long long)blockIdx.x * SIDE;
    for (long long b = blockIdx.z; b < count; b += gridDim.z) {
        for (int k = threadIdx.y; k < SIDE; k += blockDim.y)
            if (i0 + k < m && j0 + threadIdx.x < n) tile[k][threadIdx.x] = src[(b * m + i0 + k) * n + j0 + threadIdx.x];
        __syncthreads();
        for (int k = threadIdx.y; k < SIDE; k += blockDim.y)
            if (j0 + k < n && i0 + threadIdx.x < m) dst[(b * n + j0 + k) * m + i0 + threadIdx.x] = tile[threadIdx.x][k];
        __syncthreads();
    }
}

extern "C" __global__ void transpose_f32(float* dst /* (count × n × m) */, const float* src /* (count × m × n) */, long long count, long long m, long long n) {
    transpose(dst, src, count, m, n);
}

extern "C" __global__ void transpose_f64(double* dst /* (count × n × m) */, const double* src /* (count × m × n) */, long long count, long long m, long long n) {
    transpose(dst, src, count, m, n);
}
