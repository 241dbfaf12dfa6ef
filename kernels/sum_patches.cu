// The adjoint of patches: dx (B × H × W × C) is at each element the sum of all elements of patches that were
// copied from it, in the order of their kernel row and column.
//
// Grid: channels × positions. Block: the same. No shared memory.
#include "images.cuh"

template <typename T>
__device__ void sum_patches(T* dx, const T* patches, long long positions, int height, int width, int channels, Moving m) {
    each_channel(positions, channels, [&](long long p, int c) {
        Place at(p, height, width);
        T sum = T(0);
        for (int r = 0; r < m.size; r++) {
            int i = m.over(at.h, r, m.out_h);
            if (i < 0) continue;
            for (int s = 0; s < m.size; s++) {
                int j = m.over(at.w, s, m.out_w);
                if (j < 0) continue;
                long long row = (at.b * m.out_h + i) * m.out_w + j;
                sum = plus(sum, patches[(row * m.size * m.size + r * m.size + s) * channels + c]);
            }
        }
        dx[p * channels + c] = sum;
    });
}

extern "C" __global__ void sum_patches_f32(
    float* dx,            // (B × height × width × channels), B · height · width positions
    const float* patches, // (B · out_h · out_w × k·k·channels)
    long long positions, int height, int width, int channels, int size, int stride, int pad, int out_h, int out_w) {
    sum_patches(dx, patches, positions, height, width, channels, Moving{size, stride, pad, out_h, out_w});
}

extern "C" __global__ void sum_patches_f64(double* dx, const double* patches, long long positions, int height, int width, int channels,
                                           int size, int stride, int pad, int out_h, int out_w) {
    sum_patches(dx, patches, positions, height, width, channels, Moving{size, stride, pad, out_h, out_w});
}
