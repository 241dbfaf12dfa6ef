// A convolution of each channel with its own kernel, stride 1, that keeps the image's size: with before
// places of the kernel above and left of the result,
//
//	y[b][i][j][c] = bias_c + Σ_rs w[r][s][c] · x[b][i + r − before][j + s − before][c]
//
// added in the order bias, kernel row, kernel column, each product rounded; places outside add nothing.
// With turned, w is turned by half a turn: the gradient of the input.
//
// Grid: channels × positions. Block: the same. No shared memory.
#include "images.cuh"

template <typename T>
__device__ void depthwise(T* y, const T* x, const T* w, const T* bias, long long positions, int height, int width, int channels, int k, int before, int turned) {
    each_channel(positions, channels, [&](long long p, int c) {
        Place at(p, height, width);
        T sum = bias ? bias[c] : T(0);
        for (int r = 0; r < k; r++) {
            int h = at.h + r - before;
            if (h < 0 || h >= height) continue;
            for (int s = 0; s < k; s++) {
                int v = at.w + s - before;
                if (v < 0 || v >= width) continue;
                int tap = turned ? k * k - 1 - (r * k + s) : r * k + s;
                sum = plus(sum, mul(x[((at.b * height + h) * width + v) * channels + c], w[(long long)tap * channels + c]));
            }
        }
        y[p * channels + c] = sum;
    });
}

extern "C" __global__ void depthwise_f32(
    float* y,          // (B × height × width × channels), B · height · width positions
    const float* x,    // the same
    const float* w,    // (k × k × channels)
    const float* bias, // [channels] or null
    long long positions, int height, int width, int channels, int k, int before, int turned) {
    depthwise(y, x, w, bias, positions, height, width, channels, k, before, turned);
}

extern "C" __global__ void depthwise_f64(double* y, const double* x, const double* w, const double* bias, long long positions, int height,
                                         int width, int channels, int k, int before, int turned) {
    depthwise(y, x, w, bias, positions, height, width, channels, k, before, turned);
}
