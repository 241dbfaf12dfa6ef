// Images moved and mirrored at random, src and dst (B × C × H × W):
//
//	dst[b][c][i][j] = src[b][c][i + di][j' + dj],  j' = j or W − 1 − j,  0 outside of the image
//
// With words 4b, 4b+1, 4b+2 of (seed, purpose, step): di and dj are floor(word·(2·pad+1) / 2³²) − pad, and
// with flip the image is mirrored where the third word's highest bit is set.
//
// Grid: a block for each image. Block: any. No shared memory.
#include "philox.cuh"

template <typename T>
__device__ void augment(T* dst, const T* src, long long channels, int height, int width, int pad, int flip, unsigned long long seed,
                        unsigned purpose, const long long* step) {
    Words words = philox(blockIdx.x, seed, purpose, (unsigned long long)*step);
    int di = int(__umulhi(words[0], 2u * pad + 1)) - pad, dj = int(__umulhi(words[1], 2u * pad + 1)) - pad;
    bool mirror = flip && words[2] >> 31;
    long long image = channels * height * width, plane = (long long)height * width;
    dst += blockIdx.x * image;
    src += blockIdx.x * image;
    for (long long e = threadIdx.x; e < image; e += blockDim.x) {
        int j = int(e % width), i = int(e / width % height);
        int h = i + di, w = (mirror ? width - 1 - j : j) + dj;
        bool inside = h >= 0 && h < height && w >= 0 && w < width;
        dst[e] = inside ? src[e / plane * plane + (long long)h * width + w] : T(0);
    }
}

extern "C" __global__ void augment_f32(float* dst /* (B × C × H × W) */, const float* src /* the same */, long long channels, int height,
                                       int width, int pad, int flip, unsigned long long seed, unsigned purpose, const long long* step /* [1] */) {
    augment(dst, src, channels, height, width, pad, flip, seed, purpose, step);
}

extern "C" __global__ void augment_f64(double* dst /* (B × C × H × W) */, const double* src /* the same */, long long channels, int height,
                                       int width, int pad, int flip, unsigned long long seed, unsigned purpose, const long long* step /* [1] */) {
    augment(dst, src, channels, height, width, pad, flip, seed, purpose, step);
}
