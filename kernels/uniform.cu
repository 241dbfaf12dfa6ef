// dst = lo + width·u, with u in (0, 1) from (seed, purpose, step 0); product and sum rounded once each.
//
// Grid: any, one-dimensional, a thread for four elements. Block: any. No shared memory.
#include "philox.cuh"

template <typename T> __device__ void uniform(T* dst, long long n, T lo, T width, unsigned long long seed, uint32_t purpose) {
    bool packs = aligned(dst);
    each_word(n, seed, purpose, 0, [&](long long i, Words w, int count) {
        store_words(dst, i, w, count, packs, [&](uint32_t x) { return plus(lo, mul(width, T(uniform_of(x)))); });
    });
}

extern "C" __global__ void uniform_f32(float* dst /* [n] */, long long n, float lo, float width, unsigned long long seed, uint32_t purpose) {
    uniform(dst, n, lo, width, seed, purpose);
}

extern "C" __global__ void uniform_f64(double* dst /* [n] */, long long n, double lo, double width, unsigned long long seed, uint32_t purpose) {
    uniform(dst, n, lo, width, seed, purpose);
}
