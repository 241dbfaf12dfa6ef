// The largest number in each window of images x (B × H × W × C), and its place h·W + w; and the way back.
// Of equal numbers the first one is taken, in the order of rows and columns, of NaNs the last one; any NaN
// is larger than all numbers. Places outside do not count.
//
// Grid: channels × windows, or for max_pool_backward positions. Block: the same. No shared memory.
#include "images.cuh"

template <typename T>
__device__ void max_pool(T* y, int* index, const T* x, long long windows, int height, int width, int channels, Moving m) {
    each_channel(windows, channels, [&](long long p, int c) {
        Place to(p, m.out_h, m.out_w);
        int top = to.h * m.stride - m.pad, left = to.w * m.stride - m.pad, at = -1;
        T best = T(0);
        for (int h = top > 0 ? top : 0; h < top + m.size && h < height; h++)
            for (int w = left > 0 ? left : 0; w < left + m.size && w < width; w++) {
                T v = x[((to.b * height + h) * width + w) * channels + c];
                if (at < 0 || v > best || v != v) best = v, at = h * width + w;
            }
        y[p * channels + c] = best;
        index[p * channels + c] = at;
    });
}

// max_pool_backward adds dy over all windows whose largest number was there, in the order of the windows.
template <typename T>
__device__ void max_pool_backward(T* dx, const T* dy, const int* index, long long positions, int height, int width, int channels, Moving m) {
    each_channel(positions, channels, [&](long long p, int c) {
        Place at(p, height, width);
        T sum = T(0);
        for (int i = m.first(at.h); i < m.out_h && i * m.stride - m.pad <= at.h; i++)
            for (int j = m.first(at.w); j < m.out_w && j * m.stride - m.pad <= at.w; j++) {
                long long o = ((at.b * m.out_h + i) * m.out_w + j) * channels + c;
                if (index[o] == at.h * width + at.w) sum = plus(sum, dy[o]);
            }
        dx[p * channels + c] = sum;
    });
}

extern "C" __global__ void max_pool_f32(
    float* y,       // (B × out_h × out_w × channels), B · out_h · out_w windows
    int* index,     // the same
    const float* x, // (B × height × width × channels)
    long long windows, int height, int width, int channels, int size, int stride, int pad, int out_h, int out_w) {
    max_pool(y, index, x, windows, height, width, channels, Moving{size, stride, pad, out_h, out_w});
}

extern "C" __global__ void max_pool_f64(double* y, int* index, const double* x, long long windows, int height, int width, int channels,
                                        int size, int stride, int pad, int out_h, int out_w) {
    max_pool(y, index, x, windows, height, width, channels, Moving{size, stride, pad, out_h, out_w});
}

extern "C" __global__ void max_pool_backward_f32(
    float* dx,        // (B × height × width × channels), B · height · width positions
    const float* dy,  // (B × out_h × out_w × channels)
    const int* index, // the same
    long long positions, int height, int width, int channels, int size, int stride, int pad, int out_h, int out_w) {
    max_pool_backward(dx, dy, index, positions, height, width, channels, Moving{size, stride, pad, out_h, out_w});
}

extern "C" __global__ void max_pool_backward_f64(double* dx, const double* dy, const int* index, long long positions, int height, int width,
                                                 int channels, int size, int stride, int pad, int out_h, int out_w) {
    max_pool_backward(dx, dy, index, positions, height, width, channels, Moving{size, stride, pad, out_h, out_w});
}
