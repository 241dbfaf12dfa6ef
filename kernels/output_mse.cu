// The squared error of an output layer, forward and backward, with r = out + bias − target (rows × cols):
//
//	out = out + bias
//	total = share · Σ_ij r²
//	grad = scale · r,  dbias_j = Σ_i grad_ij
//
// Grid, block: columns.cuh. partials: [chunks · cols] for the columns, then [blocks] for the total.
// arrived: one counter for all blocks, then one for each strip; zero. Shared memory: 4 KiB.
#include "columns.cuh"

// tile_sum adds v of all threads of a STRIP × TALL block; the sum is in the first thread.
__device__ inline double tile_sum(double v) {
    double of_column[1] = {v};
    join_tall<1, Addition>(of_column);
    if (threadIdx.y == 0)
        for (int o = STRIP / 2; o > 0; o /= 2) of_column[0] += __shfl_xor_sync(~0u, of_column[0], o);
    return of_column[0];
}

template <typename T>
__device__ void output_mse(double* total, T* out, const T* bias, T* grad, T* dbias, const T* target, long long rows, long long cols,
                           T scale, double share, double* partials, unsigned* arrived) {
    struct Pair {
        T out, target;
    };
    long long j = (long long)blockIdx.x * STRIP + threadIdx.x;
    T b = bias && j < cols ? bias[j] : T(0);
    double column[1] = {0}, square = 0;
    walk_columns(
        rows, cols, [&](long long i) { return Pair{out[i], target[i]}; },
        [&](long long i, Pair v) {
            if (bias) out[i] = v.out = plus(v.out, b);
            T r = minus(v.out, v.target), g = mul(scale, r);
            grad[i] = g;
            column[0] += double(g);
            square += double(r) * double(r);
        });

    unsigned blocks = gridDim.x * gridDim.y, thread = threadIdx.y * STRIP + threadIdx.x;
    bool first = threadIdx.y == 0 && j < cols;
    double* squares = partials + gridDim.y * cols;
    square = tile_sum(square);
    if (thread == 0) squares[blockIdx.y * gridDim.x + blockIdx.x] = square;
    if (dbias) {
        join_tall<1, Addition>(column);
        if (first) partials[blockIdx.y * cols + j] = column[0];
    }
    Last last = last_blocks(arrived + 1 + blockIdx.x, dbias ? gridDim.y : 0, arrived, blocks);
    if (last.of_first) {
        column[0] = 0;
        if (j < cols)
            for (unsigned c = threadIdx.y; c < gridDim.y; c += TALL) column[0] += static_cast<volatile double*>(partials)[c * cols + j];
        join_tall<1, Addition>(column);
        if (first) dbias[j] = T(column[0]);
    }
    if (last.of_second) {
        square = 0;
        for (unsigned k = thread; k < blocks; k += STRIP * TALL) square += static_cast<volatile double*>(squares)[k];
        square = tile_sum(square);
        if (thread == 0) *total = mul(share, square);
    }
}

extern "C" __global__ void output_mse_f32(
    double* total,       // [1]
    float* out,          // (rows × cols)
    const float* bias,   // [cols] or null
    float* grad,         // (rows × cols)
    float* dbias,        // [cols] or null
    const float* target, // (rows × cols)
    long long rows, long long cols, float scale, double share, double* partials, unsigned* arrived) {
    output_mse(total, out, bias, grad, dbias, target, rows, cols, scale, share, partials, arrived);
}

extern "C" __global__ void output_mse_f64(double* total, double* out, const double* bias, double* grad, double* dbias, const double* target,
                                          long long rows, long long cols, double scale, double share, double* partials, unsigned* arrived) {
    output_mse(total, out, bias, grad, dbias, target, rows, cols, scale, share, partials, arrived);
}
