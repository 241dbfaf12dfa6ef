// The loss of a classifier's output layer, forward and backward (cross_entropy.cuh), on the logits
// out + bias (rows × cols) with the labels all[index]:
//
//	out = out + bias
//	total = Σ_i loss_i,  correct = number of rows that are hit
//	grad of the losses' sum times scale,  dbias_j = Σ_i grad_ij
//
// An index outside 0..n-1 is a fault.
//
// Grid: one-dimensional, a function of rows alone. Block: a multiple of 32, at least cols, at most
// MAX_BLOCK; a warp works on a row, and in the last block a thread on every so many blocks' sums of a column.
// Shared memory: 1.3 KiB. partials: float64 [2 · grid], then [grid · cols]. arrived: [1], zero.
#include "cross_entropy.cuh"

const int MAX_BLOCK = 128;

template <typename T>
__device__ void output_cross_entropy(double* total, double* correct, T* out, const T* bias, T* grad, T* dbias, const int* all, long long n,
                                     const int* index, long long rows, long long cols, double scale, double* partials, unsigned* arrived,
                                     Fault* fault) {
    long long per_block = (rows + gridDim.x - 1) / gridDim.x, lo = blockIdx.x * per_block;
    long long hi = lo + per_block < rows ? lo + per_block : rows;
    int lane = threadIdx.x % 32;
    double v[2] = {0, 0};
    for (long long r = lo + threadIdx.x / 32; r < hi; r += blockDim.x / 32) {
        T* z = out + r * cols;
        if (bias)
            for (long long j = lane; j < cols; j += 32) z[j] = plus(z[j], bias[j]);
        __syncwarp();
        int at = index[r];
        bool there = at >= 0 && at < n, hit;
        if (!there && lane == 0) report(fault, FAULT_GATHER, r, at, n);
        double loss = row_loss(grad + r * cols, z, there ? all[at] : -1, cols, scale, hit);
        if (lane == 0) {
            v[0] += loss;
            v[1] += hit ? 1 : 0;
        }
    }
    double* sums = partials + 2 * gridDim.x;
    if (dbias) {
        __syncthreads(); // the block's rows of grad are there
        for (long long j = threadIdx.x; j < cols; j += blockDim.x) {
            double sum = 0;
            for (long long r = lo; r < hi; r++) sum += double(grad[r * cols + j]);
            sums[blockIdx.x * cols + j] = sum;
        }
    }
    bool last = finish<2, Addition>(v, partials, arrived, [&](double* s) {
        *total = s[0];
        *correct = s[1];
    });
    if (!dbias || !last) return;
    __syncthreads(); // where this block is the only one, its sums are there
    __shared__ double of_group[MAX_BLOCK];
    unsigned classes = unsigned(cols), groups = blockDim.x / classes, group = threadIdx.x / classes, j = threadIdx.x % classes;
    if (group < groups) of_group[threadIdx.x] = join_left<Addition, 16>(sums + j, group, gridDim.x, groups, cols);
    __syncthreads();
    if (group > 0) return;
    double sum = of_group[j];
    for (unsigned g = 1; g < groups; g++) sum += of_group[g * classes + j];
    dbias[j] = T(sum);
}

extern "C" __global__ void output_cross_entropy_f32(
    double* total,     // [1]
    double* correct,   // [1]
    float* out,        // (rows × cols)
    const float* bias, // [cols] or null
    float* grad,       // (rows × cols)
    float* dbias,      // [cols] or null
    const int* all,    // [n]
    long long n,
    const int* index,  // [rows]
    long long rows, long long cols, double scale, double* partials, unsigned* arrived, Fault* fault) {
    output_cross_entropy(total, correct, out, bias, grad, dbias, all, n, index, rows, cols, scale, partials, arrived, fault);
}

extern "C" __global__ void output_cross_entropy_f64(double* total, double* correct, double* out, const double* bias, double* grad,
                                                    double* dbias, const int* all, long long n, const int* index, long long rows,
                                                    long long cols, double scale, double* partials, unsigned* arrived, Fault* fault) {
    output_cross_entropy(total, correct, out, bias, grad, dbias, all, n, index, rows, cols, scale, partials, arrived, fault);
}
