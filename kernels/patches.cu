// The windows of images x (B × H × W × C) as rows for a product (im2col): row (b, i, j) of dst holds, in
// the order kernel row r, kernel column s, channel,
//
//	x[b][i·stride − pad + r][j·stride − pad + s][c],  0 outside of the image
//
// Grid: k·k·C × rows. Block: the same. No shared memory.
#include "images.cuh"

template <typename T>
__device__ void patches(T* dst, const T* x, long long rows, int height, int width, int channels, Moving m) {
    int cols = m.size * m.size * channels;
    each_channel(rows, cols, [&](long long row, int at) {
        Place to(row, m.out_h, m.out_w);
        int c = at % channels, tap = at / channels;
        int h = to.h * m.stride - m.pad + tap / m.size, w = to.w * m.stride - m.pad + tap % m.size;
        bool inside = h >= 0 && h < height && w >= 0 && w < width;
        dst[row * cols + at] = inside ? x[((to.b * height + h) * width + w) * channels + c] : T(0);
    });
}

extern "C" __global__ void patches_f32(
    float* dst,     // (rows × k·k·C), rows = B · out_h · out_w
    const float* x, // (B × height × width × channels)
    long long rows, int height, int width, int channels, int size, int stride, int pad, int out_h, int out_w) {
    patches(dst, x, rows, height, width, channels, Moving{size, stride, pad, out_h, out_w});
}

extern "C" __global__ void patches_f64(double* dst, const double* x, long long rows, int height, int width, int channels, int size,
                                       int stride, int pad, int out_h, int out_w) {
    patches(dst, x, rows, height, width, channels, Moving{size, stride, pad, out_h, out_w});
}
