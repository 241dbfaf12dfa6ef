// dst = Σ or max of term(x) over all elements, and of dst before where accumulate is set. term: x, x²,
// |x|, [x > 0], [x < 0], or x for the largest; NaN reaches sums and the largest, and does not count.
//
// Grid: one-dimensional, a function of n alone, since it decides the order of the sum. Block: a multiple
// of 32 that is one too. Shared memory: 260 bytes. partials: float64 [grid], arrived: [1], zero.
#include "terms.cuh"

template <typename T>
__device__ void reduce_all(void* dst, int dst_is_f64, const T* x, long long n, int op, int accumulate, double* partials, unsigned* arrived) {
    with_op(op, [&](auto o) {
        typedef Joining<o.n> Op;
        Lanes<T, Op> lanes;
        each_of_piece<T>(n, aligned(x), [&](long long i, auto w, int lane) {
            auto v = load(x, i, w);
            for (int l = 0; l < w.n; l++) lanes.add(lane + l, term<o.n>(v[l]));
        });
        double total[1] = {lanes.total()};
        finish<1, Op>(total, partials, arrived, [&](double* v) { put<T, Op>(dst, dst_is_f64, 0, v[0], accumulate); });
    });
}

extern "C" __global__ void reduce_all_f32(
    void* dst,      // [1], of float64 or of x's type
    int dst_is_f64,
    const float* x, // [n]
    long long n, int op, int accumulate, double* partials, unsigned* arrived) {
    reduce_all(dst, dst_is_f64, x, n, op, accumulate, partials, arrived);
}

extern "C" __global__ void reduce_all_f64(void* dst, int dst_is_f64, const double* x, long long n, int op, int accumulate,
                                          double* partials, unsigned* arrived) {
    reduce_all(dst, dst_is_f64, x, n, op, accumulate, partials, arrived);
}
