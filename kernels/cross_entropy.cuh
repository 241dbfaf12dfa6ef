// The loss of a classifier on logits z (rows × cols) with labels y, one row in one warp, in float64:
//
//	loss_i = log Σ_j exp(z_ij − max_j z_ij) + max_j z_ij − z_iy    (natural logarithm)
//	grad_ij = scale · (softmax(z_i)_j − [j = y])                   may be null, or logits
//	hit_i: the largest logit is at y; of equal ones the first
//
// A NaN or +Inf makes its row's loss and gradient NaN. A label out of range gives loss NaN and gradient 0.
#pragma once
#include "reduce.cuh"

template <typename T, typename F> __device__ inline T warp_reduce(T v, F f) {
    for (int o = 16; o > 0; o /= 2) v = f(v, __shfl_xor_sync(~0u, v, o));
    return v;
}

// first_largest returns the lowest column of the largest logit, the same in each lane of the warp; cols
// where all are NaN.
template <typename T> __device__ inline long long first_largest(const T* z, long long cols) {
    long long best = cols;
    T top = T(0);
    for (long long j = threadIdx.x % 32; j < cols; j += 32)
        if (z[j] == z[j] && (best == cols || z[j] > top)) top = z[j], best = j;
    for (int o = 16; o > 0; o /= 2) {
        T other = __shfl_xor_sync(~0u, top, o);
        long long at = __shfl_xor_sync(~0u, best, o);
        bool better = at < cols && (best == cols || other > top || (other == top && at < best));
        if (better) top = other, best = at;
    }
    return best;
}

// row_loss is one row, in one warp; each lane gets the loss.
template <typename T> __device__ inline double row_loss(T* grad, const T* z, int label, long long cols, double scale, bool& hit) {
    int lane = threadIdx.x % 32;
    hit = false;
    if (label < 0 || label >= cols) {
        if (grad)
            for (long long j = lane; j < cols; j += 32) grad[j] = T(0);
        return not_a_number();
    }
    long long best = first_largest(z, cols);
    double top = best < cols ? double(z[best]) : not_a_number(), target = double(z[label]);
    double sum = 0;
    for (long long j = lane; j < cols; j += 32) sum += exp(double(z[j]) - top);
    sum = warp_reduce(sum, Addition::join);
    __syncwarp(); // grad may be z: all lanes have read what another overwrites below
    if (grad)
        for (long long j = lane; j < cols; j += 32) {
            double p = exp(double(z[j]) - top) / sum;
            grad[j] = T(scale * (j == label ? p - 1 : p));
        }
    double loss = log(sum) + top - target;
    hit = best == label && loss == loss;
    return loss;
}
