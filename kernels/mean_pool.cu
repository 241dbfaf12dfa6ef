// The mean of each channel of images x (B × H × W × C) over all positions, in float64, and the way back:
//
//	y[b][c] = Σ_p x[b][p][c] / positions,    dx[b][p][c] = dy[b][c] / positions
//
// Grid: channels / STRIP × images. Block: STRIP × TALL. Shared memory: 2 KiB. For mean_pool_backward channels ×
// all positions, the block the same, no shared memory.
#include "columns.cuh"
#include "images.cuh"

template <typename T> __device__ void mean_pool(T* y, const T* x, long long images, long long positions, int channels) {
    int c = blockIdx.x * STRIP + threadIdx.x;
    for (long long b = blockIdx.y; b < images; b += gridDim.y) {
        double sum[1] = {0};
        for (long long p = threadIdx.y; c < channels && p < positions; p += TALL) sum[0] += double(x[(b * positions + p) * channels + c]);
        join_tall<1, Addition>(sum);
        if (threadIdx.y == 0 && c < channels) y[b * channels + c] = T(sum[0] / double(positions));
    }
}

template <typename T> __device__ void mean_pool_backward(T* dx, const T* dy, long long images, long long positions, int channels) {
    each_channel(images * positions, channels, [&](long long p, int c) {
        dx[p * channels + c] = over(dy[p / positions * channels + c], T(positions));
    });
}

extern "C" __global__ void mean_pool_f32(float* y /* (images × channels) */, const float* x /* (images × positions × channels) */,
                                         long long images, long long positions, int channels) {
    mean_pool(y, x, images, positions, channels);
}

extern "C" __global__ void mean_pool_f64(double* y /* (images × channels) */, const double* x /* (images × positions × channels) */,
                                         long long images, long long positions, int channels) {
    mean_pool(y, x, images, positions, channels);
}

extern "C" __global__ void mean_pool_backward_f32(float* dx /* (images × positions × channels) */, const float* dy /* (images × channels) */,
                                                  long long images, long long positions, int channels) {
    mean_pool_backward(dx, dy, images, positions, channels);
}

extern "C" __global__ void mean_pool_backward_f64(double* dx /* (images × positions × channels) */, const double* dy /* (images × channels) */,
                                                  long long images, long long positions, int channels) {
    mean_pool_backward(dx, dy, images, positions, channels);
}
