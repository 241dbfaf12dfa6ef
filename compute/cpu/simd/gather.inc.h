// Rows gathered by index, with conversion. Included by avx2.c and avx512.c.

// Rows lie anywhere in a dataset that is far larger than the caches, so their first bytes would be
// waited for one row after the other: each row is asked for AHEAD rows before it is needed.
#define AHEAD 6

FN void prefetch_row(const void *row, int64_t bytes) {
	for (int64_t i = 0; i < bytes; i += 64) _mm_prefetch((const char *)row + i, _MM_HINT_T0);
}

// GATHER defines the gathering of one element type. The rest of a row goes through a buffer, so
// that nothing is read beyond the source.
#define GATHER(name, type, convert) \
	TARGET void ISA(name)(float *dst, const type *src, const int32_t *index, int64_t rows, int64_t cols) { \
		for (int64_t r = 0; r < rows; r++) { \
			if (r + AHEAD < rows) prefetch_row(src + index[r + AHEAD] * cols, cols * (int64_t)sizeof(type)); \
			const type *from = src + index[r] * cols; \
			float *to = dst + r * cols; \
			int64_t j = 0; \
			for (; j + 16 <= cols; j += 16) f_store(to + j, convert(from + j)); \
			if (j < cols) { \
				type rest[16] = {0}; \
				memcpy(rest, from + j, (size_t)(cols - j) * sizeof(type)); \
				f_store_n(to + j, convert(rest), (int)(cols - j)); \
			} \
		} \
	}

FN F f_from_pixel(const uint8_t *p) { return f_div(f_from_byte(p), f_set(255)); }

GATHER(gather_byte, uint8_t, f_from_pixel)
GATHER(gather_half, uint16_t, f_from_half)
GATHER(gather_bfloat, uint16_t, f_from_bfloat)
