// Walking down columns: element by element, with results for each column.
#pragma once
#include "reduce.cuh"

const int STRIP = 32; // columns of a block: its blockDim.x
const int TALL = 8;   // rows that a block looks at together: its blockDim.y
const int BATCH = 4;  // elements that a thread loads before it uses them

// join_tall joins v of the TALL threads of a column and returns the result where threadIdx.y is 0.
template <int K, typename Op> __device__ inline void join_tall(double (&v)[K]) {
    __shared__ double tile[K][TALL][STRIP];
    __syncthreads(); // an earlier call's results have been read
    for (int k = 0; k < K; k++) tile[k][threadIdx.y][threadIdx.x] = v[k];
    __syncthreads();
    if (threadIdx.y == 0)
        for (int k = 0; k < K; k++)
            for (int t = 1; t < TALL; t++) v[k] = Op::join(v[k], tile[k][t][threadIdx.x]);
}

// walk_columns walks over this block's part of a matrix (rows × cols), each thread down one column: V get(i)
// loads what belongs to element i, use(i, V) works on it.
template <typename G, typename U> __device__ inline void walk_columns(long long rows, long long cols, G get, U use) {
    long long j = (long long)blockIdx.x * STRIP + threadIdx.x;
    long long chunk = (rows + gridDim.y - 1) / gridDim.y, r = blockIdx.y * chunk;
    long long end = j >= cols ? 0 : r + chunk < rows ? r + chunk : rows;
    for (r += threadIdx.y; r + (BATCH - 1) * TALL < end; r += BATCH * TALL) {
        decltype(get(j)) loaded[BATCH];
        for (int b = 0; b < BATCH; b++) loaded[b] = get((r + b * TALL) * cols + j);
        for (int b = 0; b < BATCH; b++) use((r + b * TALL) * cols + j, loaded[b]);
    }
    for (; r < end; r += TALL) use(r * cols + j, get(r * cols + j));
}

// down_columns is walk_columns where use(i, V, results) joins to the K results of its column;
// put(column, results) is called once for each column, in one thread. With no results to put, results is
// false.
//
// Grid: cols / STRIP × chunks of rows, which is a function of the shape alone, since it decides the order
// of the sums. Block: STRIP × TALL. partials [K · chunks · cols] and arrived [gridDim.x], zero, where there
// is more than one chunk. Shared memory: K · 2 KiB.
template <int K, typename Op, typename G, typename U, typename P>
__device__ inline void down_columns(long long rows, long long cols, bool results, double* partials, unsigned* arrived, G get, U use, P put) {
    long long j = (long long)blockIdx.x * STRIP + threadIdx.x;
    double v[K];
    for (int k = 0; k < K; k++) v[k] = Op::nothing();
    walk_columns(rows, cols, get, [&](long long i, auto loaded) { use(i, loaded, v); });
    if (!results) return;
    join_tall<K, Op>(v);
    bool first = threadIdx.y == 0 && j < cols;
    if (gridDim.y > 1) {
        if (first)
            for (int k = 0; k < K; k++) partials[(k * gridDim.y + blockIdx.y) * cols + j] = v[k];
        if (!last_block(arrived + blockIdx.x, gridDim.y)) return;
        for (int k = 0; k < K; k++)
            v[k] = join_left<Op>(partials + k * gridDim.y * cols + j, threadIdx.y, j < cols ? gridDim.y : 0, TALL, cols);
        join_tall<K, Op>(v);
    }
    if (first) put(j, v);
}
