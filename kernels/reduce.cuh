// Reductions in an order that is fixed by the shape alone: no atomic operation on a sum. Partial results
// are float64, so sums of float32 are as exact as float64 makes them.
#pragma once
#include "elements.cuh"

// Addition and Maximum are what partial results are joined with; nothing() is the result of no elements.
struct Addition {
    __device__ static double nothing() { return 0; }
    __device__ static double join(double a, double b) { return a + b; }
};
struct Maximum {
    __device__ static double nothing() { return -infinity(); }
    __device__ static double join(double a, double b) { return larger(a, b); }
};

// team_reduce joins v of all threads of a team, which are that many neighbours: a tree within warps, then
// warp after warp. Each gets the result. team is a power of two up to 32, or the whole block of a multiple
// of 32. f(a, b) must equal f(b, a). All threads of the block must call it.
template <typename T, typename F> __device__ inline T team_reduce(T v, F f, int team) {
    int width = team < 32 ? team : 32;
    for (int o = width / 2; o > 0; o /= 2) v = f(v, __shfl_xor_sync(~0u, v, o, width));
    if (team <= 32) return v;
    __shared__ T of_warp[32];
    __syncthreads(); // an earlier call's results have been read
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = v;
    __syncthreads();
    v = of_warp[0];
    for (int w = 1; w < team / 32; w++) v = f(v, of_warp[w]);
    return v;
}

// The same for all threads with the same threadIdx.y. blockDim.x is a power of two up to 32, or a multiple of
// 32 and blockDim.y 1.
template <typename T, typename F> __device__ inline T team_reduce(T v, F f) { return team_reduce(v, f, int(blockDim.x)); }

// Last says of which of two groups of blocks this is the last.
struct Last {
    bool of_first, of_second;
};

// last_blocks is last_block for two groups that the block belongs to, at the price of one: each has a
// counter of its own. A group of 0 blocks is none. The barriers order the block's threads, and the one
// thread's fences order the blocks.
__device__ inline Last last_blocks(unsigned* first, unsigned firsts, unsigned* second, unsigned seconds) {
    __shared__ Last last;
    __syncthreads();
    if (threadIdx.x == 0 && threadIdx.y == 0) {
        __threadfence();
        unsigned a = firsts ? atomicAdd(first, 1u) : 1, b = seconds ? atomicAdd(second, 1u) : 1;
        last = Last{a + 1 == firsts, b + 1 == seconds};
        if (last.of_first) atomicExch(first, 0u);
        if (last.of_second) atomicExch(second, 0u);
        __threadfence();
    }
    __syncthreads();
    return last;
}

// last_block tells the threads of the block that is the last of several to get here, for which what the
// others wrote is visible. arrived is 0 before and afterwards. All threads of the block must call it.
__device__ inline bool last_block(unsigned* arrived, unsigned blocks) {
    return last_blocks(arrived, blocks, arrived, 0).of_first;
}

// join_left joins what other blocks have left at p[from · stride], p[(from + step) · stride], … below
// p[n · stride], in this order. Several loads are on their way together.
template <typename Op, int together = 8> __device__ inline double join_left(const double* p, unsigned from, unsigned n, unsigned step, long long stride) {
    const volatile double* left = p + from * stride;
    long long hop = step * stride;
    double v = Op::nothing();
    for (; from + (together - 1) * step < n; from += together * step, left += together * hop) {
        double loaded[together];
        for (int k = 0; k < together; k++) loaded[k] = left[k * hop];
        for (int k = 0; k < together; k++) v = Op::join(v, loaded[k]);
    }
    for (; from < n; from += step, left += hop) v = Op::join(v, *left);
    return v;
}

// finish joins K partial results of every thread of a one-dimensional grid and calls done(results) in one
// thread. It tells the threads of the block that did so. partials [K · gridDim.x]; arrived [1].
template <int K, typename Op, typename F>
__device__ inline bool finish(double (&v)[K], double* partials, unsigned* arrived, F done) {
    for (int k = 0; k < K; k++) v[k] = team_reduce(v[k], Op::join);
    if (gridDim.x > 1) {
        if (threadIdx.x == 0)
            for (int k = 0; k < K; k++) partials[k * gridDim.x + blockIdx.x] = v[k];
        if (!last_block(arrived, gridDim.x)) return false;
        for (int k = 0; k < K; k++) {
            v[k] = team_reduce(join_left<Op>(partials + k * gridDim.x, threadIdx.x, gridDim.x, blockDim.x, 1), Op::join);
        }
    }
    if (threadIdx.x == 0) done(v);
    return true;
}

// each_of_piece calls f(i, Width<W>, lane) so that every element of this block's piece of 0..n-1 is in one
// call's i..i+W-1. Of each 16 bytes, the elements come with lanes 0, 1, … in the same thread, together or
// one by one: which thread and lane an element has depends on n, grid and block alone, not on how the
// operands are aligned. The grid is one-dimensional.
template <typename T, typename F> __device__ inline void each_of_piece(long long n, bool wide_loads, F f) {
    constexpr int W = wide<T>();
    long long packs = (n + W - 1) / W, per_block = (packs + gridDim.x - 1) / gridDim.x;
    long long lo = blockIdx.x * per_block, hi = lo + per_block < packs ? lo + per_block : packs;
    for (long long p = lo + threadIdx.x; p < hi; p += blockDim.x) {
        long long i = p * W;
        if (wide_loads && i + W <= n) {
            f(i, Width<W>(), 0);
        } else {
            for (int l = 0; l < W && i + l < n; l++) f(i + l, Width<1>(), l);
        }
    }
}

// part_of_block is the last row of a table of parts whose first number, the part's first block, is not behind
// this block. The rows ascend by it.
__device__ inline const long long* part_of_block(const long long* table, int parts, int fields) {
    int lo = 0, hi = parts - 1;
    while (lo < hi) {
        int middle = (lo + hi + 1) / 2;
        if (table[middle * fields] <= (long long)blockIdx.x) lo = middle;
        else hi = middle - 1;
    }
    return table + lo * fields;
}

// Lanes are a thread's partial results, one for each lane of each_of_piece.
template <typename T, typename Op> struct Lanes {
    double v[wide<T>()];
    __device__ Lanes() {
        for (int l = 0; l < wide<T>(); l++) v[l] = Op::nothing();
    }
    __device__ void add(int lane, double term) { v[lane] = Op::join(v[lane], term); }
    __device__ double total() {
        double t = v[0];
        for (int l = 1; l < wide<T>(); l++) t = Op::join(t, v[l]);
        return t;
    }
};
