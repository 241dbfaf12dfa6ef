// The squared error of an output layer, forward and backward, with r = out + bias − target (rows × cols):
//
//	out = out + bias
//	total = share · Σ_ij r²
//	grad = scale · r,  dbias_j = Σ_i grad_ij
//
// Grid, block: columns.cuh. partials: [chunks · cols] for the columns, then [blocks] for the total.
// arrived: one counter for all blocks, then, with more than one chunk, one for each strip; zero. Shared memory: 6 KiB.
#include "columns.cuh"

// across adds v of the threads of the first row, which a block's columns have been joined in. The sum is in
// each of them.
__device__ inline double across(double v) {
    if (threadIdx.y == 0)
        for (int o = STRIP / 2; o > 0; o /= 2) v += __shfl_xor_sync(~0u, v, o);
    return v;
}

template <typename T>
__device__ void output_mse(double* total, T* out, const T* bias, T* grad, T* dbias, const T* target, long long rows, long long cols,
                           T scale, double share, double* partials, unsigned* arrived) {
    struct Pair {
        T out, target;
    };
    long long j = (long long)blockIdx.x * STRIP + threadIdx.x;
    T b = bias && j < cols ? bias[j] : T(0);
    double v[2] = {0, 0}; // Σ grad and Σ r² of this thread's elements, then of its column in the block
    walk_columns(
        rows, cols, [&](long long i) { return Pair{out[i], target[i]}; },
        [&](long long i, Pair p) {
            if (bias) out[i] = p.out = plus(p.out, b);
            T r = minus(p.out, p.target), g = mul(scale, r);
            grad[i] = g;
            v[0] += double(g);
            v[1] += double(r) * double(r);
        });
    join_tall<2, Addition>(v);
    v[1] = across(v[1]);

    unsigned blocks = gridDim.x * gridDim.y, thread = threadIdx.y * STRIP + threadIdx.x;
    bool first = threadIdx.y == 0 && j < cols;
    double* squares = partials + gridDim.y * cols;
    if (thread == 0) squares[blockIdx.y * gridDim.x + blockIdx.x] = v[1];
    if (dbias && first) partials[blockIdx.y * cols + j] = v[0];
    bool alone = gridDim.y == 1; // with its strip, of which there may be more than counters
    Last last = last_blocks(arrived + 1 + blockIdx.x, dbias && !alone ? gridDim.y : 0, arrived, blocks);
    if (dbias && (alone || last.of_first)) {
        double sum[1] = {join_left<Addition>(partials + j, threadIdx.y, j < cols ? gridDim.y : 0, TALL, cols)};
        join_tall<1, Addition>(sum);
        if (first) dbias[j] = T(sum[0]);
    }
    if (last.of_second) {
        double sum[1] = {join_left<Addition>(squares, thread, blocks, STRIP * TALL, 1)};
        join_tall<1, Addition>(sum);
        sum[0] = across(sum[0]);
        if (thread == 0) *total = mul(share, sum[0]);
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
