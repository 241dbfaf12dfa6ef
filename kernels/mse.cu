// The squared error of outputs, forward and backward, with r = out − target:
//
//	total = Σ r²
//	grad = scale · r
//
// Grid, block, partials, arrived, shared memory: as reduce_all.cu.
#include "reduce.cuh"

template <typename T>
__device__ void mse(double* total, T* grad, const T* out, const T* target, long long n, T scale, double* partials, unsigned* arrived) {
    Lanes<T, Addition> lanes;
    each_of_piece<T>(n, aligned(grad, out, target), [&](long long i, auto w, int lane) {
        auto r = load(out, i, w), t = load(target, i, w);
        for (int l = 0; l < w.n; l++) {
            T v = minus(r[l], t[l]);
            lanes.add(lane + l, double(v) * double(v));
            r[l] = mul(scale, v);
        }
        store(grad, i, r);
    });
    double sum[1] = {lanes.total()};
    finish<1, Addition>(sum, partials, arrived, [&](double* v) { *total = v[0]; });
}

extern "C" __global__ void mse_f32(
    double* total,       // [1]
    float* grad,         // [n]
    const float* out,    // [n]
    const float* target, // [n]
    long long n, float scale, double* partials, unsigned* arrived) {
    mse(total, grad, out, target, n, scale, partials, arrived);
}

extern "C" __global__ void mse_f64(double* total, double* grad, const double* out, const double* target, long long n, double scale,
                                   double* partials, unsigned* arrived) {
    mse(total, grad, out, target, n, scale, partials, arrived);
}
