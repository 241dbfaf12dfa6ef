//go:build cgo && amd64

#include "gemm.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512dq,fma")))
#define FN static inline __attribute__((always_inline)) TARGET
#define GEMM n2s_gemm_avx512

typedef __m512 V;
// 16 of 32 registers hold sums. More rows would not help: with these, loads take half as long as
// the multiply-adds, on processors with one unit for 512 bits and with two.
enum { LANES = 16, MR = 8 };
#define ROWS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)

FN V v_load(const float *p) { return _mm512_loadu_ps(p); }
FN void v_store(float *p, V v) { _mm512_storeu_ps(p, v); }
FN V v_set(float x) { return _mm512_set1_ps(x); }
FN V v_zero(void) { return _mm512_setzero_ps(); }
FN V v_fma(V x, V y, V z) { return _mm512_fmadd_ps(x, y, z); }
FN V v_mul(V x, V y) { return _mm512_mul_ps(x, y); }
FN V v_add(V x, V y) { return _mm512_add_ps(x, y); }

// v_transpose exchanges pairs of rows, then pairs of pairs, then quarters of registers.
FN void v_transpose(const float *s, int64_t lds, float *d, int64_t ldd) {
	V r[16], t[16];
	for (int i = 0; i < 16; i++) r[i] = v_load(s + i * lds);
	for (int i = 0; i < 16; i += 2) {
		t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
		t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
	}
	for (int i = 0; i < 16; i += 4) {
		__m512d a = _mm512_castps_pd(t[i]), b = _mm512_castps_pd(t[i + 1]), c = _mm512_castps_pd(t[i + 2]), e = _mm512_castps_pd(t[i + 3]);
		r[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
		r[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
		r[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, e));
		r[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, e));
	}
	for (int i = 0; i < 4; i++) {
		t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
		t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
		t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
		t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
	}
	for (int i = 0; i < 4; i++) {
		v_store(d + i * ldd, _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88));
		v_store(d + (i + 8) * ldd, _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd));
		v_store(d + (i + 4) * ldd, _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88));
		v_store(d + (i + 12) * ldd, _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd));
	}
}

#include "gemm.inc.h"
