// Sixteen floats in two AVX2 registers, lanes 0 to 7 in a and 8 to 15 in b. See vec_avx512.h.
// FMA is left out of the target, so that nothing can be fused.
#ifndef N2S_VEC_AVX2_H
#define N2S_VEC_AVX2_H

#include <immintrin.h>
#include <stdint.h>

#define ISA(name) name##_avx2
#define TARGET __attribute__((target("avx2,f16c")))
#define FN static inline __attribute__((always_inline)) TARGET

#define PLACES 4 // that a depthwise convolution computes at once: as many sums as registers hold

typedef struct { __m256 a, b; } F;  // 16 floats
typedef struct { __m256i a, b; } U; // 16 unsigned integers of 32 bits
typedef U W;                        // 8 of 64 bits

#define BOTH1(f, v) { f((v).a), f((v).b) }
#define BOTH2(f, v, w) { f((v).a, (w).a), f((v).b, (w).b) }

// half_mask has the first n of 8 lanes set; n may be outside 0 to 8.
FN __m256i half_mask(int n) {
	return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0));
}

FN F f_load(const float *p) { return (F){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
FN F f_load_n(const float *p, int n) {
	return (F){_mm256_maskload_ps(p, half_mask(n)), _mm256_maskload_ps(p + 8, half_mask(n - 8))};
}
FN void f_store(float *p, F v) {
	_mm256_storeu_ps(p, v.a);
	_mm256_storeu_ps(p + 8, v.b);
}
FN void f_store_n(float *p, F v, int n) {
	_mm256_maskstore_ps(p, half_mask(n), v.a);
	_mm256_maskstore_ps(p + 8, half_mask(n - 8), v.b);
}

FN F f_set(float v) { return (F){_mm256_set1_ps(v), _mm256_set1_ps(v)}; }
FN F f_zero(void) { return (F){_mm256_setzero_ps(), _mm256_setzero_ps()}; }
FN F f_add(F v, F w) { return (F)BOTH2(_mm256_add_ps, v, w); }
FN F f_sub(F v, F w) { return (F)BOTH2(_mm256_sub_ps, v, w); }
FN F f_mul(F v, F w) { return (F)BOTH2(_mm256_mul_ps, v, w); }
FN F f_div(F v, F w) { return (F)BOTH2(_mm256_div_ps, v, w); }
FN F f_sqrt(F v) { return (F)BOTH1(_mm256_sqrt_ps, v); }
FN F f_and(F v, F w) { return (F)BOTH2(_mm256_and_ps, v, w); }
FN F f_abs(F v) {
	F m = {_mm256_castsi256_ps(_mm256_set1_epi32(0x7FFFFFFF)), _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFFFFFF))};
	return f_and(v, m);
}
FN F f_relu(F v) { return (F){_mm256_max_ps(_mm256_setzero_ps(), v.a), _mm256_max_ps(_mm256_setzero_ps(), v.b)}; }
FN F f_positive(F v) {
	return (F){_mm256_cmp_ps(v.a, _mm256_setzero_ps(), _CMP_GT_OQ), _mm256_cmp_ps(v.b, _mm256_setzero_ps(), _CMP_GT_OQ)};
}
FN F f_where_positive(F x, F y) { return f_and(x, f_positive(y)); }
// f_where_nonzero is y where g is neither 0 nor NaN, else x.
FN F f_where_nonzero(F g, F y, F x) {
	return (F){_mm256_blendv_ps(x.a, y.a, _mm256_cmp_ps(g.a, _mm256_setzero_ps(), _CMP_NEQ_OQ)),
		_mm256_blendv_ps(x.b, y.b, _mm256_cmp_ps(g.b, _mm256_setzero_ps(), _CMP_NEQ_OQ))};
}
// f_max is the larger one, f_min the smaller; v where either is NaN.
FN F f_max(F t, F v) { return (F)BOTH2(_mm256_max_ps, t, v); }
FN F f_min(F t, F v) { return (F)BOTH2(_mm256_min_ps, t, v); }
// f_if_below is x where a < t, else y, so y where a or t is NaN; f_if_above a > t, f_if_reached a >= t.
#define IF(condition) \
	(F) { \
		_mm256_blendv_ps(y.a, x.a, _mm256_cmp_ps(a.a, t.a, condition)), _mm256_blendv_ps(y.b, x.b, _mm256_cmp_ps(a.b, t.b, condition)) \
	}
FN F f_if_below(F a, F t, F x, F y) { return IF(_CMP_LT_OQ); }
FN F f_if_above(F a, F t, F x, F y) { return IF(_CMP_GT_OQ); }
FN F f_if_reached(F a, F t, F x, F y) { return IF(_CMP_GE_OQ); }
FN int f_count(F m) {
	return __builtin_popcount((unsigned)_mm256_movemask_ps(m.a)) + __builtin_popcount((unsigned)_mm256_movemask_ps(m.b));
}
// Masks of lanes: v > t or NaN, and v == t.
FN F f_above(F v, F t) { return (F){_mm256_cmp_ps(v.a, t.a, _CMP_NLE_UQ), _mm256_cmp_ps(v.b, t.b, _CMP_NLE_UQ)}; }
FN uint32_t f_mask(F m) { return (uint32_t)_mm256_movemask_ps(m.a) | (uint32_t)_mm256_movemask_ps(m.b) << 8; }
FN uint32_t f_mask_above(F v, F t) { return f_mask(f_above(v, t)); }
FN uint32_t f_mask_equal(F v, F t) {
	return f_mask((F){_mm256_cmp_ps(v.a, t.a, _CMP_EQ_OQ), _mm256_cmp_ps(v.b, t.b, _CMP_EQ_OQ)});
}
// f_where_above is v where v > t or NaN, else 0.
FN F f_where_above(F v, F t) { return f_and(v, f_above(v, t)); }
// f_compress writes the lanes of mask one behind the other and returns how many they are.
FN int f_compress(float *p, F v, uint32_t mask) {
	float lanes[16];
	int n = 0;
	f_store(lanes, v);
	for (; mask; mask &= mask - 1) p[n++] = lanes[__builtin_ctz(mask)];
	return n;
}
FN int f_count_positive(F v) { return f_count(f_positive(v)); }
FN int f_count_negative(F v) {
	return f_count((F){_mm256_cmp_ps(v.a, _mm256_setzero_ps(), _CMP_LT_OQ), _mm256_cmp_ps(v.b, _mm256_setzero_ps(), _CMP_LT_OQ)});
}
FN int f_count_nonzero_or_nan(F v) {
	return f_count((F){_mm256_cmp_ps(v.a, _mm256_setzero_ps(), _CMP_NEQ_UQ), _mm256_cmp_ps(v.b, _mm256_setzero_ps(), _CMP_NEQ_UQ)});
}

FN float f_tree(F v) {
	__m256 s = _mm256_add_ps(v.a, v.b);
	__m128 t = _mm_add_ps(_mm256_castps256_ps128(s), _mm256_extractf128_ps(s, 1));
	t = _mm_add_ps(t, _mm_movehl_ps(t, t));
	return _mm_cvtss_f32(_mm_add_ss(t, _mm_movehdup_ps(t)));
}

// d_add4 adds the first n lanes of v to doubles; n may be outside 0 to 4.
FN void d_add4(double *p, __m128 v, int n) {
	if (n >= 4) { // masked stores are slow on AMD
		_mm256_storeu_pd(p, _mm256_add_pd(_mm256_loadu_pd(p), _mm256_cvtps_pd(v)));
		return;
	}
	__m256i m = _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_set_epi64x(3, 2, 1, 0));
	_mm256_maskstore_pd(p, m, _mm256_add_pd(_mm256_maskload_pd(p, m), _mm256_cvtps_pd(v)));
}
FN void d_add(double *p, F v, int n) {
	d_add4(p, _mm256_castps256_ps128(v.a), n);
	d_add4(p + 4, _mm256_extractf128_ps(v.a, 1), n - 4);
	d_add4(p + 8, _mm256_castps256_ps128(v.b), n - 8);
	d_add4(p + 12, _mm256_extractf128_ps(v.b, 1), n - 12);
}

FN U u_set(uint32_t v) { return (U){_mm256_set1_epi32((int)v), _mm256_set1_epi32((int)v)}; }
FN U u_add(U v, U w) { return (U)BOTH2(_mm256_add_epi32, v, w); }
FN U u_sub(U v, U w) { return (U)BOTH2(_mm256_sub_epi32, v, w); }
FN U u_and(U v, U w) { return (U)BOTH2(_mm256_and_si256, v, w); }
FN U u_xor(U v, U w) { return (U)BOTH2(_mm256_xor_si256, v, w); }
FN U u_shr(U v, int n) { return (U){_mm256_srli_epi32(v.a, n), _mm256_srli_epi32(v.b, n)}; }
FN U u_sar(U v, int n) { return (U){_mm256_srai_epi32(v.a, n), _mm256_srai_epi32(v.b, n)}; }
FN U u_shl(U v, int n) { return (U){_mm256_slli_epi32(v.a, n), _mm256_slli_epi32(v.b, n)}; }
FN U u_bits(F v) { return (U)BOTH1(_mm256_castps_si256, v); }
FN F f_bits(U v) { return (F)BOTH1(_mm256_castsi256_ps, v); }
FN F f_from_signed(U v) { return (F)BOTH1(_mm256_cvtepi32_ps, v); }
// The upper 16 bits times 2^16 and the lower 16 bits are exact, so that their sum is rounded once.
FN F f_from_unsigned(U v) {
	F high = f_mul(f_from_signed(u_shr(v, 16)), f_set(65536.0f));
	return f_add(high, f_from_signed(u_and(v, u_set(0xFFFF))));
}
FN F f_flip(F v, U b) { return f_bits(u_xor(u_bits(v), u_and(b, u_set(0x80000000u)))); }
FN F f_select(F v, F w, U b) {
	F m = f_bits(u_shl(b, 31)); // blendv looks at the sign
	return (F){_mm256_blendv_ps(v.a, w.a, m.a), _mm256_blendv_ps(v.b, w.b, m.b)};
}
// AVX2 compares signed numbers only, and has no >=: t > x fails where t is reached.
FN U u_count_reached(U n, U x, U t) {
	U bias = u_set(0x80000000u), tb = u_xor(t, bias), xb = u_xor(x, bias);
	U below = BOTH2(_mm256_cmpgt_epi32, tb, xb); // -1 or 0
	return u_add(u_add(n, u_set(1)), below);
}

FN W w_set(uint32_t v) { return (W){_mm256_set1_epi64x((long long)v), _mm256_set1_epi64x((long long)v)}; }
FN W w_even(uint32_t b) {
	__m256i v = _mm256_set1_epi64x((long long)b);
	return (W){_mm256_add_epi64(v, _mm256_set_epi64x(6, 4, 2, 0)), _mm256_add_epi64(v, _mm256_set_epi64x(14, 12, 10, 8))};
}
FN W w_mul(W v, W w) { return (W)BOTH2(_mm256_mul_epu32, v, w); }
FN W w_high(W v) { return (W){_mm256_srli_epi64(v.a, 32), _mm256_srli_epi64(v.b, 32)}; }
FN W w_xor3(W x, W y, W z) { return u_xor(u_xor(x, y), z); }
FN U u_join(W v, W w) {
	return (U){_mm256_blend_epi32(v.a, _mm256_slli_epi64(w.a, 32), 0xAA), _mm256_blend_epi32(v.b, _mm256_slli_epi64(w.b, 32), 0xAA)};
}

// interleave8 is f_interleave for eight lanes: 32 elements in order in out.
FN void interleave8(__m256 z0, __m256 z1, __m256 z2, __m256 z3, __m256 out[4]) {
	__m256 a = _mm256_unpacklo_ps(z0, z1), b = _mm256_unpackhi_ps(z0, z1);
	__m256 c = _mm256_unpacklo_ps(z2, z3), d = _mm256_unpackhi_ps(z2, z3);
	__m256 p = _mm256_shuffle_ps(a, c, 0x44), q = _mm256_shuffle_ps(a, c, 0xEE);
	__m256 r = _mm256_shuffle_ps(b, d, 0x44), s = _mm256_shuffle_ps(b, d, 0xEE);
	out[0] = _mm256_permute2f128_ps(p, q, 0x20);
	out[1] = _mm256_permute2f128_ps(r, s, 0x20);
	out[2] = _mm256_permute2f128_ps(p, q, 0x31);
	out[3] = _mm256_permute2f128_ps(r, s, 0x31);
}
FN void f_interleave(F z[4]) {
	__m256 lo[4], hi[4];
	interleave8(z[0].a, z[1].a, z[2].a, z[3].a, lo);
	interleave8(z[0].b, z[1].b, z[2].b, z[3].b, hi);
	z[0] = (F){lo[0], lo[1]};
	z[1] = (F){lo[2], lo[3]};
	z[2] = (F){hi[0], hi[1]};
	z[3] = (F){hi[2], hi[3]};
}

FN F f_from_half(const uint16_t *p) {
	return (F){_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)), _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p + 8)))};
}
FN F f_from_bfloat(const uint16_t *p) {
	U v = {_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)), _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(p + 8)))};
	return f_bits(u_shl(v, 16));
}
FN F f_from_byte(const uint8_t *p) {
	U v = {_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)), _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(p + 8)))};
	return f_from_signed(v);
}

#endif
