// The factor of gradient clipping by global norm, as PyTorch's clip_grad_norm_:
//
//	norm = √(Σ_p squares_p)
//	scale = min(1, limit / (norm + 1e-6)), 1 where limit ≤ 0; NaN where the norm is
//
// Grid: 1. Block: 32 threads or a multiple. Shared memory: 256 bytes.
#include "reduce.cuh"

template <typename T> __device__ void clip_scale(T* scale, double* norm, const double* squares, long long n, double limit) {
    double sum = 0;
    for (long long i = threadIdx.x; i < n; i += blockDim.x) sum += squares[i];
    sum = team_reduce(sum, Addition::join);
    if (threadIdx.x != 0) return;
    double length = root(sum);
    *norm = length;
    *scale = limit > 0 ? T(smaller(1.0, over(limit, plus(length, 1e-6)))) : T(1);
}

extern "C" __global__ void clip_scale_f32(float* scale /* [1] */, double* norm /* [1] */, const double* squares /* [n] */, long long n, double limit) {
    clip_scale(scale, norm, squares, n, limit);
}

extern "C" __global__ void clip_scale_f64(double* scale /* [1] */, double* norm /* [1] */, const double* squares /* [n] */, long long n, double limit) {
    clip_scale(scale, norm, squares, n, limit);
}
