// What a step's gradients tell, and what a step's numbers add to the epoch's: the norm of all gradients
// together and the factor that clips it, as PyTorch's clip_grad_norm_, sums over the epoch, counters.
//
//	squares_p = Σ g²  over the part p of whole;  root = √squares;  norms += root
//	norm = √(Σ_p squares_p)
//	scale = min(1, limit / (norm + 1e-6)), 1 where limit ≤ 0; NaN where the norm is
//	epoch += step
//	bad = position, if bad is negative and some number of step is NaN or infinite
//	first += 1;  second += 1
//
// Each block leaves the sum of its piece; the last one does the rest, a warp for each part.
//
// table: int64 (parts × SEGMENT_FIELDS), of compute.Segments.
// Grid: the parts' blocks, a block for each piece, one-dimensional, at least 1; piece is a multiple of 4 and a
// function of the lengths alone, since it decides the order of the sums. Block: a multiple of 32. Shared
// memory: 260 bytes. partials: float64 [grid], arrived: [1], zero.
#include "reduce.cuh"

enum SegmentField { SEGMENT_BLOCK, SEGMENT_FIRST, SEGMENT_LENGTH, SEGMENT_FIELDS };

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

// Sums are what the last block writes to.
struct Sums {
    double *norm, *squares, *root, *norms; // [1], [parts] each
    const double* step;                    // [n], in which norm may lie
    double* epoch;                         // [n]
    int n;
    long long *bad, *first, *second; // [1] each
    const long long* position;       // [1]
};

// add_norms joins the partial results of each part and returns the norm of all. One warp treats a part.
__device__ inline double add_norms(const Sums& s, const double* partials, const long long* table, int parts) {
    int warps = blockDim.x / 32, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    double all = 0;
    for (int p = warp; p < parts; p += warps) {
        const long long* part = table + p * SEGMENT_FIELDS;
        unsigned from = unsigned(part[SEGMENT_BLOCK]), to = p + 1 < parts ? unsigned(part[SEGMENT_FIELDS + SEGMENT_BLOCK]) : gridDim.x;
        double sum = team_reduce(join_left<Addition>(partials, from + lane, to, 32, 1), Addition::join, 32);
        if (lane == 0) {
            double length = root(sum);
            s.squares[p] = sum;
            s.root[p] = length;
            s.norms[p] = plus(s.norms[p], length);
            all += sum;
        }
    }
    return root(team_reduce(all, Addition::join));
}

// add_step adds the step's numbers to the epoch's. norm is one of them that is not in memory yet.
__device__ inline void add_step(const Sums& s, double norm) {
    auto number = [&](int i) { return s.step + i == s.norm ? norm : s.step[i]; };
    for (int i = threadIdx.x; i < s.n; i += blockDim.x) s.epoch[i] = plus(s.epoch[i], number(i));
    if (threadIdx.x != 0) return;
    bool broken = false;
    for (int i = 0; i < s.n; i++) broken |= not_finite(number(i));
    if (broken && *s.bad < 0) *s.bad = *s.position;
    *s.first += 1;
    *s.second += 1;
}

template <typename T>
__device__ void end_backward(T* scale, const T* whole, const long long* table, int parts, long long piece, double limit, Sums s,
                             double* partials, unsigned* arrived) {
    const long long* part = part_of_block(table, parts, SEGMENT_FIELDS);
    double sum = parts > 0 ? sum_squares(whole + part[SEGMENT_FIRST], part[SEGMENT_LENGTH], blockIdx.x - part[SEGMENT_BLOCK], piece) : 0;
    if (threadIdx.x == 0) partials[blockIdx.x] = sum;
    if (!last_block(arrived, gridDim.x)) return;
    double norm = add_norms(s, partials, table, parts);
    add_step(s, norm);
    __syncthreads(); // all have read the step's numbers
    if (threadIdx.x != 0) return;
    *s.norm = norm;
    *scale = limit > 0 ? T(smaller(1.0, over(limit, plus(norm, 1e-6)))) : T(1);
}

extern "C" __global__ void end_backward_f32(
    float* scale,              // [1]
    const float* whole,        // all gradients
    const long long* table,    // (parts × SEGMENT_FIELDS)
    int parts, long long piece, double limit,
    double* norm,              // [1]; may lie in step
    double* squares,           // [parts]
    double* roots,             // [parts]
    double* norms,             // [parts]
    const double* step,        // [n]
    double* epoch,             // [n]
    int n,
    long long* bad,            // [1]
    const long long* position, // [1]; may be first or second
    long long* first,          // [1]
    long long* second,         // [1]
    double* partials, unsigned* arrived) {
    end_backward(scale, whole, table, parts, piece, limit, {norm, squares, roots, norms, step, epoch, n, bad, first, second, position}, partials, arrived);
}

extern "C" __global__ void end_backward_f64(double* scale, const double* whole, const long long* table, int parts, long long piece,
                                            double limit, double* norm, double* squares, double* roots, double* norms, const double* step,
                                            double* epoch, int n, long long* bad, const long long* position, long long* first,
                                            long long* second, double* partials, unsigned* arrived) {
    end_backward(scale, whole, table, parts, piece, limit, {norm, squares, roots, norms, step, epoch, n, bad, first, second, position}, partials, arrived);
}
