// Batch normalisation and the weights' gradient of depthwise convolutions: compute/cpu/kernel/batchnorm.go
// and depthwise.go are the definition. Included by avx2.c and avx512.c, after columns.inc.h.

TARGET void ISA(col_squares)(double *dst, const float *x, const float *mean, int64_t rows, int64_t cols) {
	for (int64_t r = 0; r < rows; r += ROW_BLOCK) {
		const int block = at_most(rows - r, ROW_BLOCK);
		for (int64_t j = 0; j < cols; j += 16) {
			const int n = at_most(cols - j, 16);
			const F m = load_some(mean + j, n);
			F s = f_zero();
			for (int i = 0; i < block; i++) {
				const F d = f_sub(load_some(x + (r + i) * cols + j, n), m);
				s = f_add(s, f_mul(d, d));
			}
			d_add(dst + j, s, n);
		}
	}
}

TARGET void ISA(col_products)(double *dst, const float *dy, const float *x, const float *mean, int64_t rows, int64_t cols) {
	for (int64_t r = 0; r < rows; r += ROW_BLOCK) {
		const int block = at_most(rows - r, ROW_BLOCK);
		for (int64_t j = 0; j < cols; j += 16) {
			const int n = at_most(cols - j, 16);
			const F m = load_some(mean + j, n);
			F s = f_zero();
			for (int i = 0; i < block; i++) {
				const int64_t at = (r + i) * cols + j;
				s = f_add(s, f_mul(load_some(dy + at, n), f_sub(load_some(x + at, n), m)));
			}
			d_add(dst + j, s, n);
		}
	}
}

TARGET void ISA(norm_gradient)(float *dx, const float *dy, const float *x, const float *mean, const float *coefficients, int64_t rows, int64_t cols) {
	const float *a = coefficients, *b = a + cols, *c = b + cols;
	for (int64_t r = 0; r < rows; r++) {
		for (int64_t j = 0; j < cols; j += 16) {
			const int n = at_most(cols - j, 16);
			const int64_t at = r * cols + j;
			const F far = f_mul(f_sub(load_some(x + at, n), load_some(mean + j, n)), load_some(c + j, n));
			const F d = f_sub(f_sub(load_some(dy + at, n), load_some(b + j, n)), far);
			store_some(dx + at, f_mul(load_some(a + j, n), d), n);
		}
	}
}

// weight_row adds to the sums of one row of a kernel what row i of dy and row h of x give, for n
// channels. Kernels wider than WIDE take several passes, from place `from` on.
enum { WIDE = 5 };
FN void weight_row(double *sums, const float *dy, const float *x, int64_t width, int64_t channels, int64_t before, int from, int places, int n) {
	F sum[WIDE];
#pragma GCC unroll 5
	for (int q = 0; q < WIDE; q++) sum[q] = f_zero();
	for (int64_t j = 0; j < width; j++) {
		const F g = load_some(dy + j * channels, n);
		const int64_t v = j + from - before;
#pragma GCC unroll 5
		for (int q = 0; q < places; q++) {
			if (v + q >= 0 && v + q < width) sum[q] = f_add(sum[q], f_mul(g, load_some(x + (v + q) * channels, n)));
		}
	}
#pragma GCC unroll 5
	for (int q = 0; q < places; q++) d_add(sums + (from + q) * n, sum[q], n);
}

// dy and x begin at the first of the n channels, up to 16.
TARGET void ISA(depthwise_weight)(double *sums, const float *dy, const float *x, int64_t n, int64_t height, int64_t width, int64_t channels, int64_t k) {
	const int64_t before = (k - 1) / 2;
	for (int64_t i = 0; i < height; i++) {
		for (int64_t r = 0; r < k; r++) {
			const int64_t h = i + r - before;
			if (h < 0 || h >= height) continue;
			const float *g = dy + i * width * channels, *in = x + h * width * channels;
			double *to = sums + r * k * n;
			for (int from = 0; from < k; from += WIDE) {
				const int places = at_most(k - from, WIDE);
				if (n == 16 && places == WIDE) weight_row(to, g, in, width, channels, before, from, WIDE, 16);
				else if (n == 16 && places == 3) weight_row(to, g, in, width, channels, before, from, 3, 16);
				else weight_row(to, g, in, width, channels, before, from, places, (int)n);
			}
		}
	}
}
