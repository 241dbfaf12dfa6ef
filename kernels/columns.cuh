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

// join_chunks joins K results of each thread for column j, of TALL threads and then of the `chunks` blocks that
// share a strip, and calls put(j, results) in one thread if j is inside of cols. arrived is the strip's, partials
// [K · chunks · cols]; neither is touched where there is one chunk.
template <int K, typename Op, typename P>
__device__ inline void join_chunks(double (&v)[K], long long j, bool inside, long long cols, unsigned chunk, unsigned chunks, double* partials,
                                   unsigned* arrived, P put) {
    join_tall<K, Op>(v);
    bool first = threadIdx.y == 0 && inside;
    if (chunks > 1) {
        if (first)
            for (int k = 0; k < K; k++) partials[(k * chunks + chunk) * cols + j] = v[k];
        if (!last_block(arrived, chunks)) return;
        for (int k = 0; k < K; k++) v[k] = join_left<Op>(partials + k * chunks * cols + j, threadIdx.y, inside ? chunks : 0, TALL, cols);
        join_tall<K, Op>(v);
    }
    if (first) put(j, v);
}

// join_columns is join_chunks behind walk_columns.
template <int K, typename Op, typename P>
__device__ inline void join_columns(double (&v)[K], long long cols, double* partials, unsigned* arrived, P put) {
    long long j = (long long)blockIdx.x * STRIP + threadIdx.x;
    join_chunks<K, Op>(v, j, j < cols, cols, blockIdx.y, gridDim.y, partials, arrived + blockIdx.x, put);
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
    double v[K];
    for (int k = 0; k < K; k++) v[k] = Op::nothing();
    walk_columns(rows, cols, get, [&](long long i, auto loaded) { use(i, loaded, v); });
    if (results) join_columns<K, Op>(v, cols, partials, arrived, put);
}
