// Rows gathered by index, with conversion. Included by avx2.c and avx512.c.

// GATHER defines the gathering of one element type. The rest of a row goes through a buffer, so
// that nothing is read beyond the source.
#define GATHER(name, type, convert) \
	TARGET void ISA(name)(float *dst, const type *src, const int32_t *index, int64_t rows, int64_t cols) { \
		for (int64_t r = 0; r < rows; r++) { \
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
