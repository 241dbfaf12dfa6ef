// index[i] = π(batch·stride + i), where π is the permutation of 0..n-1 of internal/philox: a balanced
// Feistel network of 12 rounds on the smallest even number of bits that holds n, at least 6, with cycle
// walking (Black and Rogaway, CT-RSA 2002). Its round function is MurmurHash3's finaliser, its keys are
// Philox words of (seed, purpose 4, epoch). Places outside 0..n-1 are a fault, and index stays as it was.
//
// Grid: any, one-dimensional. Block: any. Shared memory: 48 bytes.
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

extern "C" __global__ void shuffle(
    int* index,         // [count]
    long long count, long long n, unsigned long long seed,
    const long long* epoch, // [1]
    const long long* batch, // [1]
    long long stride,
    uint32_t half,      // bits of each half of the network
    Fault* fault) {
    __shared__ uint32_t keys[FEISTEL_ROUNDS];
    if (threadIdx.x < FEISTEL_ROUNDS)
        keys[threadIdx.x] = philox(threadIdx.x / 4, seed, SHUFFLE_PURPOSE, (unsigned long long)*epoch)[threadIdx.x % 4];
    __syncthreads();
    long long first = *batch * stride;
    if (first < 0 || first + count > n) {
        if (thread_index() == 0) report(fault, FAULT_SHUFFLE, first, first + count, n);
        return;
    }
    for (long long i = thread_index(); i < count; i += thread_count()) {
        uint32_t x = uint32_t(first + i);
        do x = encrypt(x, half, keys);
        while (x >= n);
        index[i] = int(x);
    }
}
