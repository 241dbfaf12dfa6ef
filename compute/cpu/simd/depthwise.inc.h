// Epilogues and depthwise convolutions: compute/cpu/kernel/epilogue.go and depthwise.go are the
// definition. Included by avx2.c and avx512.c, after curves.inc.h.

// epilogue is kernel.Epilogue.
typedef struct {
	const float *bias, *scale, *shift, *residual;
	int flags; // 1: GELU, 2: ReLU
} epilogue;

// finish_vector is the epilogue without its bias, of n lanes from column j on; residual is where the
// lanes' own lies.
FN F finish_vector(F t, const epilogue *e, const float *residual, int64_t j, int n) {
	if (e->flags & 1) t = gelu_of(t);
	if (e->scale) t = f_add(f_mul(t, load_some(e->scale + j, n)), load_some(e->shift + j, n));
	if (residual) t = f_add(t, load_some(residual, n));
	if (e->flags & 2) t = f_relu(t);
	return t;
}

FN void finish_row(float *y, const float *x, const float *residual, int64_t cols, const epilogue *e) {
	for (int64_t j = 0; j < cols; j += 16) {
		const int n = at_most(cols - j, 16);
		F t = load_some(x + j, n);
		if (e->bias) t = f_add(t, load_some(e->bias + j, n));
		store_some(y + j, finish_vector(t, e, residual ? residual + j : 0, j, n), n);
	}
}

TARGET void ISA(finish)(float *y, const float *x, int64_t ld, int64_t rows, int64_t cols, const float *bias, const float *scale,
	const float *shift, const float *residual, int flags) {
	const epilogue e = {bias, scale, shift, residual, flags};
	for (int64_t r = 0; r < rows; r++) finish_row(y + r * ld, x + r * ld, residual ? residual + r * ld : 0, cols, &e);
}

// image is one image, channels last, and the kernels' geometry.
typedef struct {
	const float *x;
	int64_t height, width, channels, k, before, ld;
} image;

// depthwise_block computes `places` results beside each other, the first `some` of which exist, of n
// channels from c on. Each place of the input is loaded once for a row of the kernel and added to all
// results that it belongs to: from the left to the right, so each result's products come in order.
// places above 1 and their k are known when this is compiled.
FN void depthwise_block(float *y, const image *m, const float *taps, const epilogue *e, int64_t i, int64_t j, int64_t c, int n, int k, int places, int some) {
	F sum[8];
	const F first = e->bias ? load_some(e->bias + c, n) : f_zero();
#pragma GCC unroll 8
	for (int o = 0; o < places; o++) sum[o] = first;
	for (int r = 0; r < k; r++) {
		const int64_t h = i + r - m->before;
		if (h < 0 || h >= m->height) continue;
		const float *w = taps + r * k * m->ld + c;
		F weight[9];
		if (places > 1) {
#pragma GCC unroll 9
			for (int q = 0; q < k; q++) weight[q] = f_load(w + q * m->ld);
		}
#pragma GCC unroll 16
		for (int s = 0; s < places + k - 1; s++) {
			const int64_t v = j + s - m->before;
			if (v < 0 || v >= m->width) continue;
			const F in = load_some(m->x + (h * m->width + v) * m->channels + c, n);
#pragma GCC unroll 8
			for (int o = 0; o < places; o++) {
				if (s - o < 0 || s - o >= k) continue;
				sum[o] = f_add(sum[o], f_mul(in, places > 1 ? weight[s - o] : f_load(w + (s - o) * m->ld)));
			}
		}
	}
#pragma GCC unroll 8
	for (int o = 0; o < places; o++) {
		if (o >= some) break;
		const int64_t at = (i * m->width + j + o) * m->channels + c;
		store_some(y + (j + o) * m->channels + c, finish_vector(sum[o], e, e->residual ? e->residual + at : 0, c, n), n);
	}
}

// depthwise_row does row i with kernels of a size that is known when this is compiled, or is not.
FN void depthwise_row(float *y, const image *m, const float *taps, const epilogue *e, int64_t i, int k, int places) {
	const int64_t whole = m->channels & ~(int64_t)15;
	const int rest = (int)(m->channels - whole);
	for (int64_t c = 0; c < whole; c += 16) {
		for (int64_t j = 0; j < m->width; j += places) {
			depthwise_block(y, m, taps, e, i, j, c, 16, k, places, at_most(m->width - j, places));
		}
	}
	if (!rest) return;
	for (int64_t j = 0; j < m->width; j++) depthwise_block(y, m, taps, e, i, j, whole, rest, (int)m->k, 1, 1);
}

// The residual, where there is one, is the whole image; y is row i of the result.
TARGET void ISA(depthwise)(float *y, const float *x, const float *taps, int64_t i, int64_t height, int64_t width, int64_t channels,
	int64_t k, int64_t before, int64_t ld, const float *bias, const float *scale, const float *shift, const float *residual, int flags) {
	const image m = {x, height, width, channels, k, before, ld};
	const epilogue e = {bias, scale, shift, residual, flags};
	switch (k) {
	case 3: depthwise_row(y, &m, taps, &e, i, 3, PLACES); break;
	case 5: depthwise_row(y, &m, taps, &e, i, 5, PLACES); break;
	case 7: depthwise_row(y, &m, taps, &e, i, 7, PLACES); break;
	case 9: depthwise_row(y, &m, taps, &e, i, 9, PLACES); break;
	default: depthwise_row(y, &m, taps, &e, i, (int)k, 1);
	}
}
