// ColSums, BiasReLU, ReLUBackward and MSE: kernels over a window of a matrix, by blocks of 8 rows.
// Included by avx2.c and avx512.c.

enum { ROW_BLOCK = 8 };

// load_some and store_some are for n lanes, 1 to 16.
FN F load_some(const float *p, int n) { return n == 16 ? f_load(p) : f_load_n(p, n); }
FN void store_some(float *p, F v, int n) {
	if (n == 16) f_store(p, v);
	else f_store_n(p, v, n);
}

FN int at_most(int64_t n, int limit) { return n < limit ? (int)n : limit; }

// sum_rows is the sum of up to 8 rows, n lanes of each, in order.
FN F sum_rows(const float *x, int64_t ld, int rows, int n) {
	F s = load_some(x, n);
	if (rows == ROW_BLOCK) {
#pragma GCC unroll 8
		for (int i = 1; i < ROW_BLOCK; i++) s = f_add(s, load_some(x + i * ld, n));
	} else {
		for (int i = 1; i < rows; i++) s = f_add(s, load_some(x + i * ld, n));
	}
	return s;
}

FN void col_sums_block(float *dst, const float *x, int64_t ld, int rows, int64_t cols) {
	int64_t j = 0;
	for (; j + 16 <= cols; j += 16) f_store(dst + j, f_add(f_load(dst + j), sum_rows(x + j, ld, rows, 16)));
	const int n = (int)(cols - j);
	if (n) f_store_n(dst + j, f_add(f_load_n(dst + j, n), sum_rows(x + j, ld, rows, n)), n);
}

TARGET void ISA(col_sums)(float *dst, const float *x, int64_t ld, int64_t rows, int64_t cols) {
	for (int64_t r = 0; r < rows; r += ROW_BLOCK) col_sums_block(dst, x + r * ld, ld, at_most(rows - r, ROW_BLOCK), cols);
}

TARGET void ISA(col_sums64)(double *dst, const float *x, int64_t ld, int64_t rows, int64_t cols) {
	for (int64_t r = 0; r < rows; r += ROW_BLOCK) {
		const int block = at_most(rows - r, ROW_BLOCK);
		for (int64_t j = 0; j < cols; j += 16) {
			const int n = at_most(cols - j, 16);
			d_add(dst + j, sum_rows(x + r * ld + j, ld, block, n), n);
		}
	}
}

// bias_relu_block does up to 8 rows of n columns, n up to 16.
FN void bias_relu_block(float *y, int64_t ld, const float *bias, int rows, int n, double *fired, double *total) {
	const F one = f_set(1), b = bias ? load_some(bias, n) : f_zero();
	F count = f_zero(), s = f_zero();
#pragma GCC unroll 8
	for (int i = 0; i < rows; i++) {
		F v = load_some(y + i * ld, n);
		if (bias) v = f_add(v, b);
		v = f_relu(v);
		store_some(y + i * ld, v, n);
		s = i ? f_add(s, v) : v;
		count = f_add(count, f_where_positive(one, v));
	}
	if (fired) d_add(fired, count, n);
	if (total) d_add(total, s, n);
}

TARGET void ISA(bias_relu)(float *y, int64_t ld, const float *bias, int64_t rows, int64_t cols, double *fired, double *total) {
	for (int64_t r = 0; r < rows; r += ROW_BLOCK) {
		const int block = at_most(rows - r, ROW_BLOCK);
		for (int64_t j = 0; j < cols; j += 16) {
			const int n = at_most(cols - j, 16);
			float *at = y + r * ld + j;
			const float *b = bias ? bias + j : 0;
			double *f = fired ? fired + j : 0, *t = total ? total + j : 0;
			if (block == ROW_BLOCK && n == 16) bias_relu_block(at, ld, b, ROW_BLOCK, 16, f, t);
			else bias_relu_block(at, ld, b, block, n, f, t);
		}
	}
}

// relu_backward_block does up to 8 rows of n columns, n up to 16.
FN void relu_backward_block(float *dpre, const float *dpost, const float *post, int64_t ld, float *dbias, int rows, int n) {
	F s = f_zero();
#pragma GCC unroll 8
	for (int i = 0; i < rows; i++) {
		F v = f_where_positive(load_some(dpost + i * ld, n), load_some(post + i * ld, n));
		store_some(dpre + i * ld, v, n);
		s = i ? f_add(s, v) : v;
	}
	if (dbias) store_some(dbias, f_add(load_some(dbias, n), s), n);
}

TARGET void ISA(relu_backward)(float *dpre, const float *dpost, const float *post, int64_t ld, float *dbias, int64_t rows, int64_t cols) {
	for (int64_t r = 0; r < rows; r += ROW_BLOCK) {
		const int block = at_most(rows - r, ROW_BLOCK);
		for (int64_t j = 0; j < cols; j += 16) {
			const int n = at_most(cols - j, 16);
			const int64_t at = r * ld + j;
			float *b = dbias ? dbias + j : 0;
			if (block == ROW_BLOCK && n == 16) relu_backward_block(dpre + at, dpost + at, post + at, ld, b, ROW_BLOCK, 16);
			else relu_backward_block(dpre + at, dpost + at, post + at, ld, b, block, n);
		}
	}
}

// mse_some adds the squares of n <= 16 differences to the lanes, and stores their gradient.
FN F mse_some(F lane, float *grad, const float *out, const float *target, F scale, int n) {
	F r = f_sub(load_some(out, n), load_some(target, n));
	if (grad) store_some(grad, f_mul(scale, r), n);
	return f_add(lane, f_mul(r, r));
}

FN double mse_row(float *grad, const float *out, const float *target, F scale, int64_t cols) {
	double total = 0;
	for (int64_t first = 0; first < cols; first += SUM_BLOCK) {
		const int64_t end = first + SUM_BLOCK < cols ? first + SUM_BLOCK : cols;
		F lane = f_zero();
		int64_t j = first;
		for (; j + 16 <= end; j += 16) lane = mse_some(lane, grad ? grad + j : 0, out + j, target + j, scale, 16);
		if (j < end) lane = mse_some(lane, grad ? grad + j : 0, out + j, target + j, scale, (int)(end - j));
		total += (double)f_tree(lane);
	}
	return total;
}

TARGET double ISA(mse)(float *grad, const float *out, const float *target, int64_t ld, float scale, int64_t rows, int64_t cols, double *row_squares, float *dbias) {
	const F s = f_set(scale);
	double total = 0;
	for (int64_t r = 0; r < rows; r += ROW_BLOCK) {
		const int block = at_most(rows - r, ROW_BLOCK);
		for (int64_t i = r; i < r + block; i++) {
			double squares = mse_row(grad ? grad + i * ld : 0, out + i * ld, target + i * ld, s, cols);
			if (row_squares) row_squares[i] = squares;
			total += squares;
		}
		if (grad && dbias) col_sums_block(dbias, grad + r * ld, ld, block, cols);
	}
	return total;
}
