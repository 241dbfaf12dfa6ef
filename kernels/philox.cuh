// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
// the same words as internal/philox.
#pragma once
#include "elements.cuh"

// Words are one evaluation: the numbers of elements 4b, 4b+1, 4b+2 and 4b+3.
struct Words {
    uint32_t v[4];
    __device__ uint32_t& operator[](int i) { return v[i]; }
};

// philox returns block b of the stream (seed, purpose, step): counter (b, purpose, step low, step high),
// key the seed, its low half first.
__device__ inline Words philox(uint32_t b, unsigned long long seed, uint32_t purpose, unsigned long long step) {
    uint32_t c0 = b, c1 = purpose, c2 = uint32_t(step), c3 = uint32_t(step >> 32);
    uint32_t k0 = uint32_t(seed), k1 = uint32_t(seed >> 32);
    for (int round = 0; round < 10; round++) {
        uint32_t hi0 = __umulhi(0xD2511F53u, c0), lo0 = 0xD2511F53u * c0;
        uint32_t hi1 = __umulhi(0xCD9E8D57u, c2), lo1 = 0xCD9E8D57u * c2;
        c0 = hi1 ^ c1 ^ k0;
        c1 = lo1;
        c2 = hi0 ^ c3 ^ k1;
        c3 = lo0;
        k0 += 0x9E3779B9u; // golden ratio
        k1 += 0xBB67AE85u; // √3 − 1
    }
    return Words{{c0, c1, c2, c3}};
}

// uniform_of maps a word to (⌊x / 2⁹⌋ + 1/2) · 2⁻²³, in the open interval (0, 1), exactly.
__device__ inline float uniform_of(uint32_t x) { return mul(plus(float(x >> 9), 0.5f), 0x1p-23f); }

// store_words stores f(word) for count elements from dst[i] on, 16 bytes at a time where packs allows it and
// there are four.
template <typename T, typename F> __device__ inline void store_words(T* dst, long long i, Words w, int count, bool packs, F f) {
    constexpr int W = wide<T>();
    if (packs && count == 4) {
        for (int k = 0; k < 4; k += W) {
            Pack<T, W> v;
            for (int l = 0; l < W; l++) v[l] = f(w[k + l]);
            store(dst, i + k, v);
        }
    } else {
        for (int l = 0; l < count; l++) dst[i + l] = f(w[l]);
    }
}

// each_word calls f(i, words, count) for every four elements i..i+3 of 0..n-1, fewer at the end, with
// their words. Grid: any, one-dimensional.
template <typename F> __device__ inline void each_word(long long n, unsigned long long seed, uint32_t purpose, unsigned long long step, F f) {
    long long blocks = (n + 3) / 4;
    for (long long b = thread_index(); b < blocks; b += thread_count()) {
        Words w = philox(uint32_t(b), seed, purpose, step);
        f(4 * b, w, int(n - 4 * b < 4 ? n - 4 * b : 4));
    }
}
