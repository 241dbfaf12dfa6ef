// Sums and counts over a range. Included by avx2.c and avx512.c.

enum { SUM_BLOCK = 4096 };

// SUM defines a sum over a range in blocks of 16 lanes. term maps a vector to what is added; the
// rest of a block is filled up with 0, whose term must be 0.
#define SUM(name, term) \
	TARGET double ISA(name)(const float *x, int64_t n) { \
		double total = 0; \
		for (int64_t first = 0; first < n; first += SUM_BLOCK) { \
			const int64_t end = first + SUM_BLOCK < n ? first + SUM_BLOCK : n; \
			F lane = f_zero(); \
			int64_t i = first; \
			for (; i + 16 <= end; i += 16) lane = f_add(lane, term(f_load(x + i))); \
			if (i < end) lane = f_add(lane, term(f_load_n(x + i, (int)(end - i)))); \
			total += (double)f_tree(lane); \
		} \
		return total; \
	}

FN F f_square(F v) { return f_mul(v, v); }
FN F f_same(F v) { return v; }

SUM(sum_squares, f_square)
SUM(sum, f_same)
SUM(sum_abs, f_abs)

// COUNT defines the number of elements for which a lane counts; 0 must not count.
#define COUNT(name, lanes) \
	TARGET int64_t ISA(name)(const float *x, int64_t n) { \
		int64_t total = 0, i = 0; \
		for (; i + 16 <= n; i += 16) total += lanes(f_load(x + i)); \
		if (i < n) total += lanes(f_load_n(x + i, (int)(n - i))); \
		return total; \
	}

// v - v is 0 unless v is NaN or infinite; then it is NaN.
FN int f_count_not_finite(F v) { return f_count_nonzero_or_nan(f_sub(v, v)); }

COUNT(count_positive, f_count_positive)
COUNT(count_negative, f_count_negative)
COUNT(count_not_finite, f_count_not_finite)
