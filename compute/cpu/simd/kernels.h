// The kernels, each with its parameters and the names of these for passing them on. The contract
// of each is that of the Go kernel of the same name.
//
// KERNEL(result, name, (parameters), (names))
#ifndef N2S_KERNELS_H
#define N2S_KERNELS_H

#include <stdint.h>

// n2s_random is one stream of random words.
typedef struct {
	uint64_t seed, step;
	uint32_t purpose;
	uint32_t block; // of the first four elements
} n2s_random;

// n2s_noise is a distribution.
typedef struct {
	int kind; // 0 gaussian, 1 laplace, 2 exponential, 3 poisson
	float scale, base;
	int count; // of thresholds
} n2s_noise;

// n2s_adam is kernel.AdamStep.
typedef struct {
	float clip, beta1, one_minus1, beta2, one_minus2, step_size, root_bc2, eps, decay;
} n2s_adam;

// n2s_step is kernel.Step.
typedef struct {
	float clip, lr, eps, keep, add, add2;
} n2s_step;

#define N2S_KERNELS(KERNEL) \
	KERNEL(void, add, (float *z, const float *x, const float *y, int64_t n), (z, x, y, n)) \
	KERNEL(void, sub, (float *z, const float *x, const float *y, int64_t n), (z, x, y, n)) \
	KERNEL(void, mul, (float *z, const float *x, const float *y, int64_t n), (z, x, y, n)) \
	KERNEL(void, scale, (float *y, float a, const float *x, int64_t n), (y, a, x, n)) \
	KERNEL(void, axpy, (float *y, float a, const float *x, int64_t n), (y, a, x, n)) \
	KERNEL(void, axpby, (float *y, float a, const float *x, float b, int64_t n), (y, a, x, b, n)) \
	KERNEL(void, add_bias, (float *y, int64_t ld, const float *bias, int64_t rows, int64_t cols), (y, ld, bias, rows, cols)) \
	KERNEL(void, col_sums, (float *dst, const float *x, int64_t ld, int64_t rows, int64_t cols), (dst, x, ld, rows, cols)) \
	KERNEL(void, col_sums64, (double *dst, const float *x, int64_t ld, int64_t rows, int64_t cols), (dst, x, ld, rows, cols)) \
	KERNEL(void, bias_relu, (float *y, int64_t ld, const float *bias, int64_t rows, int64_t cols, double *fired, double *total), (y, ld, bias, rows, cols, fired, total)) \
	KERNEL(void, relu_backward, (float *dpre, const float *dpost, const float *post, int64_t ld, float *dbias, int64_t rows, int64_t cols), (dpre, dpost, post, ld, dbias, rows, cols)) \
	KERNEL(double, mse, (float *grad, const float *out, const float *target, int64_t ld, float scale, int64_t rows, int64_t cols, double *row_squares, float *dbias), (grad, out, target, ld, scale, rows, cols, row_squares, dbias)) \
	KERNEL(double, sum_squares, (const float *x, int64_t n), (x, n)) \
	KERNEL(double, sum, (const float *x, int64_t n), (x, n)) \
	KERNEL(double, sum_abs, (const float *x, int64_t n), (x, n)) \
	KERNEL(int64_t, count_positive, (const float *x, int64_t n), (x, n)) \
	KERNEL(int64_t, count_negative, (const float *x, int64_t n), (x, n)) \
	KERNEL(int64_t, count_not_finite, (const float *x, int64_t n), (x, n)) \
	KERNEL(void, topk_filter, (float *buffer, int64_t limit, const float *x, int64_t n, float above, int64_t *at), (buffer, limit, x, n, above, at)) \
	KERNEL(void, topk_mask, (float *y, const float *x, int64_t n, float threshold, int64_t ties), (y, x, n, threshold, ties)) \
	KERNEL(void, adam_step, (float *p, float *m, float *v, const float *g, int64_t n, const n2s_adam *s), (p, m, v, g, n, s)) \
	KERNEL(void, sgd_step, (float *p, float *m, const float *g, int64_t n, const n2s_step *s), (p, m, g, n, s)) \
	KERNEL(void, rms_prop_step, (float *p, float *a, const float *g, int64_t n, const n2s_step *s), (p, a, g, n, s)) \
	KERNEL(void, sparse_sgd_step, (float *p, float *m, const float *g, int64_t n, const n2s_step *s), (p, m, g, n, s)) \
	KERNEL(void, sparse_adam_step, (float *p, float *m, float *v, const float *g, int64_t n, const n2s_step *s), (p, m, v, g, n, s)) \
	KERNEL(void, gather_byte, (float *dst, const uint8_t *src, const int32_t *index, int64_t rows, int64_t cols), (dst, src, index, rows, cols)) \
	KERNEL(void, gather_half, (float *dst, const uint16_t *src, const int32_t *index, int64_t rows, int64_t cols), (dst, src, index, rows, cols)) \
	KERNEL(void, gather_bfloat, (float *dst, const uint16_t *src, const int32_t *index, int64_t rows, int64_t cols), (dst, src, index, rows, cols)) \
	KERNEL(void, add_noise, (float *dst, const float *src, int64_t n, const n2s_noise *d, const uint32_t *thresholds, const n2s_random *r), (dst, src, n, d, thresholds, r)) \
	KERNEL(void, curve, (float *y, const float *x, int64_t n, int function), (y, x, n, function)) \
	KERNEL(void, finish, (float *y, const float *x, int64_t ld, int64_t rows, int64_t cols, const float *bias, const float *scale, const float *shift, const float *residual, int flags), (y, x, ld, rows, cols, bias, scale, shift, residual, flags)) \
	KERNEL(void, depthwise, (float *y, const float *x, const float *taps, int64_t i, int64_t height, int64_t width, int64_t channels, int64_t k, int64_t before, int64_t ld, const float *bias, const float *scale, const float *shift, const float *residual, int flags), (y, x, taps, i, height, width, channels, k, before, ld, bias, scale, shift, residual, flags)) \
	KERNEL(void, col_squares, (double *dst, const float *x, const float *mean, int64_t rows, int64_t cols), (dst, x, mean, rows, cols)) \
	KERNEL(void, col_products, (double *dst, const float *dy, const float *x, const float *mean, int64_t rows, int64_t cols), (dst, dy, x, mean, rows, cols)) \
	KERNEL(void, norm_gradient, (float *dx, const float *dy, const float *x, const float *mean, const float *coefficients, int64_t rows, int64_t cols), (dx, dy, x, mean, coefficients, rows, cols)) \
	KERNEL(void, depthwise_weight, (double *sums, const float *dy, const float *x, int64_t n, int64_t height, int64_t width, int64_t channels, int64_t k), (sums, dy, x, n, height, width, channels, k)) \
	KERNEL(void, fill_uniform, (float *dst, int64_t n, float low, float width, const n2s_random *r), (dst, n, low, width, r))

// One declaration for each instruction set, and one that calls the set of the first argument.
#define N2S_DECLARE(result, name, parameters, names) \
	result name##_avx2 parameters; \
	result name##_avx512 parameters;

N2S_KERNELS(N2S_DECLARE)

#endif
