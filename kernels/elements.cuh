// Walking over elements with wide loads and stores.
#pragma once
#include "arith.cuh"

// thread_index counts the threads of a one-dimensional grid, thread_count says how many there are.
__device__ inline long long thread_index() { return (long long)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ inline long long thread_count() { return (long long)gridDim.x * blockDim.x; }

// Width is a number of elements as a type, so that loops over it unroll.
template <int W> struct Width {
    static constexpr int n = W;
};

// Pack is W neighbouring elements, loaded and stored in one instruction.
template <typename T, int W> struct alignas(sizeof(T) * W) Pack {
    T v[W];
    __device__ T& operator[](int i) { return v[i]; }
};

// wide is how many elements of T one load of 16 bytes moves.
template <typename T> __device__ constexpr int wide() { return int(16 / sizeof(T)); }

template <typename T, int W> __device__ inline Pack<T, W> load(const T* p, long long i, Width<W>) {
    return *reinterpret_cast<const Pack<T, W>*>(p + i);
}
template <typename T, int W> __device__ inline void store(T* p, long long i, const Pack<T, W>& v) {
    *reinterpret_cast<Pack<T, W>*>(p + i) = v;
}

// aligned tells whether all pointers are at multiples of 16 bytes. A null pointer is.
__device__ inline bool aligned() { return true; }
template <typename P, typename... Rest> __device__ inline bool aligned(P* p, Rest... rest) {
    return (reinterpret_cast<uintptr_t>(p) & 15) == 0 && aligned(rest...);
}

// each calls f(i, Width<W>) so that every element of 0..n-1 is in one call's i..i+W-1: W elements of 16
// bytes where the operands are aligned, single ones at the end and where they are not. The grid is
// one-dimensional, of any size.
template <typename T, typename F> __device__ inline void each(long long n, bool wide_loads, F f) {
    constexpr int W = wide<T>();
    long long packs = wide_loads ? n / W : 0;
    for (long long i = thread_index(); i < packs; i += thread_count()) f(i * W, Width<W>());
    for (long long i = packs * W + thread_index(); i < n; i += thread_count()) f(i, Width<1>());
}

// each_row calls f(r) for rows 0..rows-1: one row for each thread.y of the grid, over and over.
template <typename F> __device__ inline void each_row(long long rows, F f) {
    for (long long r = (long long)blockIdx.y * blockDim.y + threadIdx.y; r < rows; r += (long long)gridDim.y * blockDim.y) f(r);
}
