// The norm of all gradients together, and the factor that clips it, as PyTorch's clip_grad_norm_:
//
//	squares_p = Σ g²  over the part p of whole
//	norm = √(Σ_p squares_p)
//	scale = min(1, limit / (norm + 1e-6)), 1 where limit ≤ 0; NaN where the norm is
//
// Grid: ⌈length / piece⌉ blocks, at least 1, for each part, one-dimensional; piece is a multiple of 4 and a function of the
// lengths alone, since it decides the order of the sums. Block: a multiple of 32. Shared memory: 260 bytes.
// partials: float64 [grid], arrived: [1], zero.
#include "reduce.cuh"

// blocks_of is how many blocks a part of that length has.
__device__ inline long long blocks_of(long long length, long long piece) {
    long long n = (length + piece - 1) / piece;
    return n > 1 ? n : 1;
}

// sum_squares is this block's piece of g [n], the k-th of blocks.
template <typename T> __device__ inline double sum_squares(const T* g, long long n, long long k, long long piece) {
    constexpr int W = wide<T>();
    long long lo = k * piece, hi = lo + piece < n ? lo + piece : n;
    Lanes<T, Addition> lanes;
    bool packs = aligned(g);
    for (long long i = lo + (long long)threadIdx.x * W; i < hi; i += (long long)blockDim.x * W) {
        if (packs && i + W <= hi) {
            auto v = load(g, i, Width<W>());
            for (int l = 0; l < W; l++) lanes.add(l, double(v[l]) * double(v[l]));
        } else {
            for (int l = 0; l < W && i + l < hi; l++) lanes.add(l, double(g[i + l]) * double(g[i + l]));
        }
    }
    return team_reduce(lanes.total(), Addition::join);
}

template <typename T>
__device__ void gradient_norm(T* scale, double* norm, double* squares, const T* whole, const long long* table, int parts, long long piece,
                              double limit, double* partials, unsigned* arrived) {
    long long k = blockIdx.x;
    int p = 0;
    for (; p + 1 < parts && k >= blocks_of(table[2 * p + 1], piece); p++) k -= blocks_of(table[2 * p + 1], piece);
    double sum = sum_squares(whole + table[2 * p], table[2 * p + 1], k, piece);
    if (threadIdx.x == 0) partials[blockIdx.x] = sum;
    if (!last_block(arrived, gridDim.x)) return;
    double all = 0;
    long long first = 0;
    for (p = 0; p < parts; p++) {
        long long n = blocks_of(table[2 * p + 1], piece);
        sum = 0;
        for (long long b = threadIdx.x; b < n; b += blockDim.x) sum += static_cast<volatile double*>(partials)[first + b];
        sum = team_reduce(sum, Addition::join);
        if (threadIdx.x == 0) squares[p] = sum;
        all += sum;
        first += n;
    }
    if (threadIdx.x != 0) return;
    double length = root(all);
    *norm = length;
    *scale = limit > 0 ? T(smaller(1.0, over(limit, plus(length, 1e-6)))) : T(1);
}

extern "C" __global__ void gradient_norm_f32(
    float* scale,           // [1]
    double* norm,           // [1]
    double* squares,        // [parts]
    const float* whole,     // all gradients
    const long long* table, // (parts × 2): where each part begins in whole, and its length
    int parts, long long piece, double limit, double* partials, unsigned* arrived) {
    gradient_norm(scale, norm, squares, whole, table, parts, piece, limit, partials, arrived);
}

extern "C" __global__ void gradient_norm_f64(double* scale, double* norm, double* squares, const double* whole, const long long* table,
                                             int parts, long long piece, double limit, double* partials, unsigned* arrived) {
    gradient_norm(scale, norm, squares, whole, table, parts, piece, limit, partials, arrived);
}
