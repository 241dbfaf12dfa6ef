// The permutation π of 0..n-1 of internal/philox: a balanced Feistel network of 12 rounds on the smallest
// even number of bits that holds n, at least 6, with cycle walking (Black and Rogaway, CT-RSA 2002). Its
// round function is MurmurHash3's finaliser, its keys are Philox words of (seed, purpose 4, epoch).
#pragma once
#include "philox.cuh"

const int FEISTEL_ROUNDS = 12;
const uint32_t SHUFFLE_PURPOSE = 4;

// fmix32 is MurmurHash3's finaliser (Appleby).
__device__ inline uint32_t fmix32(uint32_t h) {
    h ^= h >> 16;
    h *= 0x85EBCA6Bu;
    h ^= h >> 13;
    h *= 0xC2B2AE35u;
    h ^= h >> 16;
    return h;
}

// encrypt is the network on numbers of 2·half bits.
__device__ inline uint32_t encrypt(uint32_t x, uint32_t half, const uint32_t* keys) {
    uint32_t left = x >> half, right = x & ((1u << half) - 1);
    for (int k = 0; k < FEISTEL_ROUNDS; k++) {
        uint32_t next = left ^ (fmix32(right ^ keys[k]) >> (32 - half));
        left = right;
        right = next;
    }
    return left << half | right;
}

// Permutation is π, ready: half is the bits of each half of the network.
struct Permutation {
    const uint32_t* keys;
    uint32_t half;
    long long n;
    __device__ long long at(long long place) const {
        uint32_t x = uint32_t(place);
        do x = encrypt(x, half, keys);
        while (x >= n);
        return x;
    }
};

// permutation prepares π of an epoch. All threads of the block must call it. Shared memory: 48 bytes.
__device__ inline Permutation permutation(long long n, uint32_t half, unsigned long long seed, const long long* epoch) {
    __shared__ uint32_t keys[FEISTEL_ROUNDS];
    unsigned thread = threadIdx.y * blockDim.x + threadIdx.x;
    for (unsigned k = thread; k < FEISTEL_ROUNDS; k += blockDim.x * blockDim.y)
        keys[k] = philox(k / 4, seed, SHUFFLE_PURPOSE, (unsigned long long)*epoch)[k % 4];
    __syncthreads();
    return Permutation{keys, half, n};
}
