//go:build cgo && amd64

#include "gemm.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define FN static inline __attribute__((always_inline)) TARGET
#define GEMM n2s_gemm_avx2

typedef __m256 V;
// 12 of 16 registers hold sums, two a row of b, one an element of a.
enum { LANES = 8, MR = 6 };
#define ROWS(X) X(0) X(1) X(2) X(3) X(4) X(5)

FN V v_load(const float *p) { return _mm256_loadu_ps(p); }
FN void v_store(float *p, V v) { _mm256_storeu_ps(p, v); }
FN V v_set(float x) { return _mm256_set1_ps(x); }
FN V v_zero(void) { return _mm256_setzero_ps(); }
FN V v_fma(V x, V y, V z) { return _mm256_fmadd_ps(x, y, z); }
FN V v_mul(V x, V y) { return _mm256_mul_ps(x, y); }
FN V v_add(V x, V y) { return _mm256_add_ps(x, y); }

// v_transpose exchanges pairs of rows, then pairs of pairs, then halves of registers.
FN void v_transpose(const float *s, int64_t lds, float *d, int64_t ldd) {
	V r[8], t[8];
	for (int i = 0; i < 8; i++) r[i] = v_load(s + i * lds);
	for (int i = 0; i < 8; i += 2) {
		t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
		t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
	}
	for (int i = 0; i < 8; i += 4) {
		r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
		r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
		r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
		r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
	}
	for (int i = 0; i < 4; i++) {
		v_store(d + i * ldd, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
		v_store(d + (i + 4) * ldd, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
	}
}

#include "gemm.inc.h"
