// dst = 0 where u < drop, else kept = 1/(1 − drop), with u in (0, 1) from (seed, purpose, step): dropout's
// mask, of mean 1.
//
// Grid: any, one-dimensional, a thread for four elements. Block: any. No shared memory.
#include "philox.cuh"

template <typename T>
__device__ void keep_mask(T* dst, long long n, double drop, T kept, unsigned long long seed, uint32_t purpose, const long long* step) {
    bool packs = aligned(dst);
    each_word(n, seed, purpose, (unsigned long long)*step, [&](long long i, Words w, int count) {
        store_words(dst, i, w, count, packs, [&](uint32_t x) { return double(uniform_of(x)) < drop ? T(0) : kept; });
    });
}

extern "C" __global__ void keep_mask_f32(float* dst /* [n] */, long long n, double drop, float kept, unsigned long long seed, uint32_t purpose,
                                         const long long* step /* [1] */) {
    keep_mask(dst, n, drop, kept, seed, purpose, step);
}

extern "C" __global__ void keep_mask_f64(double* dst /* [n] */, long long n, double drop, double kept, unsigned long long seed, uint32_t purpose,
                                         const long long* step /* [1] */) {
    keep_mask(dst, n, drop, kept, seed, purpose, step);
}
