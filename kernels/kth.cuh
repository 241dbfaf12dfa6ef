// The k-th largest entry of a row, by one block, without sorting. For a small k: the k-th largest of the
// threads' own largest entries bounds it from below, and few entries reach that bound; these are compared
// with one another. Else a radix select on the entries' bits.
//
// Entries are compared as max(x, 0): negative ones and −0 count as 0, NaN as the largest of all.
#pragma once
#include "elements.cuh"

// Key maps entries to unsigned integers of the same order; all NaN have the largest key.
template <typename T> struct Key;
template <> struct Key<float> {
    typedef unsigned Word;
    static const int bits = 31;
    static const Word nan = 0x7FFFFFFFu;
    __device__ static Word of(float x) { return x != x ? nan : x > 0.0f ? __float_as_uint(x) : 0u; }
    __device__ static float value(Word k) { return __uint_as_float(k); } // the largest key is a NaN
};
template <> struct Key<double> {
    typedef unsigned long long Word;
    static const int bits = 63;
    static const Word nan = 0x7FFFFFFFFFFFFFFFull;
    __device__ static Word of(double x) { return x != x ? nan : x > 0.0 ? (unsigned long long)__double_as_longlong(x) : 0ull; }
    __device__ static double value(Word k) { return __longlong_as_double((long long)k); }
};

const int MAX_DIGIT = 11; // bits of a digit at most
const int SHARP = 20;     // leading bits of a key in which a bound is the largest one

// select_room is the block's room for counts of digits, or for a key of each thread.
__device__ inline int* select_room() {
    __shared__ __align__(8) int room[1 << MAX_DIGIT];
    return room;
}

// before is the sum of v over the block's threads before this one, and total that over all. The block is
// one-dimensional, a multiple of 32. All threads must call it.
__device__ inline int before(int v, int& total) {
    __shared__ int of_warp[32];
    int lane = threadIdx.x % 32, sum = v;
    for (int o = 1; o < 32; o *= 2) {
        int below = __shfl_up_sync(~0u, sum, o);
        if (lane >= o) sum += below;
    }
    __syncthreads(); // an earlier call's results have been read
    if (lane == 31) of_warp[threadIdx.x / 32] = sum;
    __syncthreads();
    int base = 0;
    total = 0;
    for (unsigned w = 0; w < blockDim.x / 32; w++) {
        if (w == threadIdx.x / 32) base = total;
        total += of_warp[w];
    }
    return base + sum - v;
}

// Kth is the k-th largest key, how many of the k first entries equal it, and how many entries do at all.
// Where fewer than k entries are positive, all are 0.
template <typename Word> struct Kth {
    Word key;
    int ties, equal;
};

// find_digit returns the highest digit at which k or more entries lie, counted from above; k becomes what
// is left of it. None: −1.
__device__ inline int find_digit(const int* count, int digits, int& k) {
    __shared__ int found[2];
    int each = (digits + int(blockDim.x) - 1) / int(blockDim.x);
    int top = digits - 1 - int(threadIdx.x) * each, mine = 0, total;
    for (int i = 0; i < each && top - i >= 0; i++) mine += count[top - i];
    int above = before(mine, total);
    if (above < k && k <= above + mine) {
        int i = 0;
        for (; above + count[top - i] < k; i++) above += count[top - i];
        found[0] = top - i;
        found[1] = k - above;
    }
    __syncthreads();
    if (total < k) return -1;
    k = found[1];
    return found[0];
}

// kth_largest finds the k-th largest of n keys, 1 ≤ k ≤ n, which get(j) returns; by digits of `digit` bits
// from the highest: count how many keys have each, find that of the k-th, go on with its keys alone.
template <typename T, typename G> __device__ inline Kth<typename Key<T>::Word> kth_largest(long long n, int k, int digit, G get) {
    typedef typename Key<T>::Word Word;
    int* count = select_room();
    Word prefix = 0, known = 0;
    int equal = 0;
    for (int shift = Key<T>::bits; shift > 0;) {
        int bits = digit < shift ? digit : shift;
        shift -= bits;
        int digits = 1 << bits;
        __syncthreads(); // earlier counts have been read
        for (int i = threadIdx.x; i < digits; i += blockDim.x) count[i] = 0;
        __syncthreads();
        for (long long j = threadIdx.x; j < n; j += blockDim.x) {
            Word key = get(j);
            if (key != 0 && (key & known) == prefix) atomicAdd(&count[int(key >> shift) & (digits - 1)], 1);
        }
        __syncthreads();
        int found = find_digit(count, digits, k);
        if (found < 0) return {0, 0, 0}; // only in the first round: fewer than k are positive
        equal = count[found];
        prefix |= Word(found) << shift;
        known |= Word(digits - 1) << shift;
    }
    return {prefix, k, equal};
}

// reached is the largest key of SHARP leading bits that k or more threads' keys reach; 0: fewer do. All
// threads must call it.
template <typename T> __device__ inline typename Key<T>::Word reached(typename Key<T>::Word mine, int k) {
    typedef typename Key<T>::Word Word;
    Word bound = 0;
    for (int bit = Key<T>::bits - 1; bit >= Key<T>::bits - SHARP; bit--) {
        Word next = bound | Word(1) << bit;
        if (__syncthreads_count(mine >= next) >= k) bound = next;
    }
    return bound;
}

// kth_of_reaching finds the k-th largest of the keys that reach a bound, which k or more do. Where they are
// more than the block has threads it returns false.
template <typename T, typename G>
__device__ inline bool kth_of_reaching(typename Key<T>::Word bound, long long n, int k, G get, Kth<typename Key<T>::Word>& kth) {
    typedef typename Key<T>::Word Word;
    __shared__ int reaching;
    __shared__ Kth<Word> found;
    Word* list = reinterpret_cast<Word*>(select_room());
    int threads = int(blockDim.x), thread = int(threadIdx.x);
    if (thread == 0) reaching = 0;
    __syncthreads();
    for (long long j = thread; j < n; j += threads) {
        Word key = get(j);
        if (key < bound) continue;
        int at = atomicAdd(&reaching, 1); // in any order: the result does not depend on it
        if (at < threads) list[at] = key;
    }
    __syncthreads();
    int many = reaching;
    if (many > threads) return false;
    if (thread < many) {
        Word mine = list[thread];
        int above = 0, equal = 0, first = thread;
        for (int o = many - 1; o >= 0; o--) {
            above += list[o] > mine;
            if (list[o] == mine) equal++, first = o;
        }
        if (first == thread && above < k && k <= above + equal) found = {mine, k - above, equal};
    }
    __syncthreads();
    kth = found;
    return true;
}

// kth_of finds the k-th largest of n keys, 1 ≤ k ≤ n, which get(j) returns.
template <typename T, typename G> __device__ inline Kth<typename Key<T>::Word> kth_of(long long n, int k, int digit, G get) {
    typedef typename Key<T>::Word Word;
    if (k <= int(blockDim.x) / 2) {
        Word largest = 0;
        for (long long j = threadIdx.x; j < n; j += blockDim.x) largest = max(largest, get(j));
        Word bound = reached<T>(largest, k);
        Kth<Word> kth;
        if (bound != 0 && kth_of_reaching<T>(bound, n, k, get, kth)) return kth;
    }
    return kth_largest<T>(n, k, digit, get);
}

// each_of_row calls f(j, Width<W>) so that every column of a row is in one call's j..j+W-1, all by this
// block: W elements of 16 bytes where wide_loads allows them, single ones at the end.
template <typename T, typename F> __device__ inline void each_of_row(long long cols, bool wide_loads, F f) {
    constexpr int W = wide<T>();
    long long packs = wide_loads ? cols / W : 0;
    for (long long p = threadIdx.x; p < packs; p += blockDim.x) f(p * W, Width<W>());
    for (long long j = packs * W + threadIdx.x; j < cols; j += blockDim.x) f(j, Width<1>());
}

// Order numbers entries in the order of their columns, a block's width at a time.
struct Order {
    int seen = 0;
    // next is how many entries with the flag come before this thread's. All threads must call it.
    __device__ int next(bool flag) {
        int total, rank = seen + before(flag ? 1 : 0, total);
        seen += total;
        return rank;
    }
};

// each_column calls f(j, j < n) for the columns in order, all threads together.
template <typename F> __device__ inline void each_column(long long n, F f) {
    for (long long j = 0; j < n; j += blockDim.x) f(j + threadIdx.x, j + threadIdx.x < n);
}
