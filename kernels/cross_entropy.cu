// The loss of a classifier, forward and backward (cross_entropy.cuh):
//
//	total = Σ_i loss_i,  correct = number of rows that are hit
//
// Grid: one-dimensional, a function of rows alone. Block: a multiple of 32; a warp works on a row.
// Shared memory: 260 bytes. partials: float64 [2 · grid], arrived: [1], zero.
#include "cross_entropy.cuh"

template <typename T>
__device__ void cross_entropy(double* total, double* correct, T* grad, const T* logits, const int* labels, long long rows,
                              long long cols, double scale, double* partials, unsigned* arrived) {
    long long per_block = (rows + gridDim.x - 1) / gridDim.x, lo = blockIdx.x * per_block;
    long long hi = lo + per_block < rows ? lo + per_block : rows;
    double v[2] = {0, 0};
    for (long long r = lo + threadIdx.x / 32; r < hi; r += blockDim.x / 32) {
        bool hit;
        double loss = row_loss(grad ? grad + r * cols : nullptr, logits + r * cols, labels[r], cols, scale, hit);
        if (threadIdx.x % 32 == 0) {
            v[0] += loss;
            v[1] += hit ? 1 : 0;
        }
    }
    finish<2, Addition>(v, partials, arrived, [&](double* sums) {
        *total = sums[0];
        *correct = sums[1];
    });
}

extern "C" __global__ void cross_entropy_f32(
    double* total,       // [1]
    double* correct,     // [1]
    float* grad,         // (rows × cols) or null
    const float* logits, // (rows × cols)
    const int* labels,   // [rows]
    long long rows, long long cols, double scale, double* partials, unsigned* arrived) {
    cross_entropy(total, correct, grad, logits, labels, rows, cols, scale, partials, arrived);
}

extern "C" __global__ void cross_entropy_f64(double* total, double* correct, double* grad, const double* logits, const int* labels,
                                             long long rows, long long cols, double scale, double* partials, unsigned* arrived) {
    cross_entropy(total, correct, grad, logits, labels, rows, cols, scale, partials, arrived);
}
