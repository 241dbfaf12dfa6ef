// Sixteen floats in one AVX-512 register. vec_avx2.h has the same names on two AVX2 registers;
// kernels are written once, on these.
#ifndef N2S_VEC_AVX512_H
#define N2S_VEC_AVX512_H

#include <immintrin.h>
#include <stdint.h>

#define ISA(name) name##_avx512
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define FN static inline __attribute__((always_inline)) TARGET

#define PLACES 8 // that a depthwise convolution computes at once: as many sums as registers hold

typedef __m512 F;  // 16 floats
typedef __m512i U; // 16 unsigned integers of 32 bits
typedef __m512i W; // 8 of 64 bits

FN __mmask16 first_lanes(int n) { return (__mmask16)((1u << n) - 1); }

// Loads and stores; the _n forms touch the first n < 16 lanes only and load 0 elsewhere.
FN F f_load(const float *p) { return _mm512_loadu_ps(p); }
FN F f_load_n(const float *p, int n) { return _mm512_maskz_loadu_ps(first_lanes(n), p); }
FN void f_store(float *p, F v) { _mm512_storeu_ps(p, v); }
FN void f_store_n(float *p, F v, int n) { _mm512_mask_storeu_ps(p, first_lanes(n), v); }

FN F f_set(float v) { return _mm512_set1_ps(v); }
FN F f_zero(void) { return _mm512_setzero_ps(); }
FN F f_add(F a, F b) { return _mm512_add_ps(a, b); }
FN F f_sub(F a, F b) { return _mm512_sub_ps(a, b); }
FN F f_mul(F a, F b) { return _mm512_mul_ps(a, b); }
FN F f_div(F a, F b) { return _mm512_div_ps(a, b); }
FN F f_sqrt(F a) { return _mm512_sqrt_ps(a); }
FN F f_abs(F a) { return _mm512_abs_ps(a); }
// f_relu is 0 where v < 0, else v: NaN and -0 stay.
FN F f_relu(F v) { return _mm512_max_ps(_mm512_setzero_ps(), v); }
// f_where_positive is x where y > 0, else 0.
FN F f_where_positive(F x, F y) {
	return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(y, _mm512_setzero_ps(), _CMP_GT_OQ), x);
}
// f_where_nonzero is y where g is neither 0 nor NaN, else x.
FN F f_where_nonzero(F g, F y, F x) {
	return _mm512_mask_mov_ps(x, _mm512_cmp_ps_mask(g, _mm512_setzero_ps(), _CMP_NEQ_OQ), y);
}
// f_max is the larger one, f_min the smaller; v where either is NaN.
FN F f_max(F t, F v) { return _mm512_max_ps(t, v); }
FN F f_min(F t, F v) { return _mm512_min_ps(t, v); }
// f_if_below is x where a < t, else y, so y where a or t is NaN; f_if_above a > t, f_if_reached a >= t.
FN F f_if_below(F a, F t, F x, F y) { return _mm512_mask_mov_ps(y, _mm512_cmp_ps_mask(a, t, _CMP_LT_OQ), x); }
FN F f_if_above(F a, F t, F x, F y) { return _mm512_mask_mov_ps(y, _mm512_cmp_ps_mask(a, t, _CMP_GT_OQ), x); }
FN F f_if_reached(F a, F t, F x, F y) { return _mm512_mask_mov_ps(y, _mm512_cmp_ps_mask(a, t, _CMP_GE_OQ), x); }
// Numbers of lanes.
FN int f_count_positive(F v) { return __builtin_popcount(_mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_GT_OQ)); }
FN int f_count_negative(F v) { return __builtin_popcount(_mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_LT_OQ)); }
FN int f_count_nonzero_or_nan(F v) { return __builtin_popcount(_mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ)); }

// Masks of lanes: v > t or NaN, and v == t.
FN uint32_t f_mask_above(F v, F t) { return _mm512_cmp_ps_mask(v, t, _CMP_NLE_UQ); }
FN uint32_t f_mask_equal(F v, F t) { return _mm512_cmp_ps_mask(v, t, _CMP_EQ_OQ); }
// f_where_above is v where v > t or NaN, else 0.
FN F f_where_above(F v, F t) { return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v, t, _CMP_NLE_UQ), v); }
// f_compress writes the lanes of mask one behind the other, and anything up to lane 16; it returns
// how many they are. (Compressing in the register: into memory is slow on some processors.)
FN int f_compress(float *p, F v, uint32_t mask) {
	_mm512_storeu_ps(p, _mm512_maskz_compress_ps((__mmask16)mask, v));
	return __builtin_popcount(mask);
}

// f_tree adds the lanes: l and l+8, then l+4, l+2 and l+1.
FN float f_tree(F v) {
	__m256 a = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
	__m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
	b = _mm_add_ps(b, _mm_movehl_ps(b, b));
	return _mm_cvtss_f32(_mm_add_ss(b, _mm_movehdup_ps(b)));
}

// d_add adds the first n <= 16 lanes to doubles.
FN void d_add(double *p, F v, int n) {
	__m512d lo = _mm512_cvtps_pd(_mm512_castps512_ps256(v));
	__m512d hi = _mm512_cvtps_pd(_mm512_extractf32x8_ps(v, 1));
	if (n == 16) {
		_mm512_storeu_pd(p, _mm512_add_pd(_mm512_loadu_pd(p), lo));
		_mm512_storeu_pd(p + 8, _mm512_add_pd(_mm512_loadu_pd(p + 8), hi));
		return;
	}
	__mmask8 mlo = (__mmask8)((1u << (n < 8 ? n : 8)) - 1), mhi = (__mmask8)((1u << (n > 8 ? n - 8 : 0)) - 1);
	_mm512_mask_storeu_pd(p, mlo, _mm512_add_pd(_mm512_maskz_loadu_pd(mlo, p), lo));
	if (mhi) _mm512_mask_storeu_pd(p + 8, mhi, _mm512_add_pd(_mm512_maskz_loadu_pd(mhi, p + 8), hi));
}

// Integers of 32 bits.
FN U u_set(uint32_t v) { return _mm512_set1_epi32((int)v); }
FN U u_add(U a, U b) { return _mm512_add_epi32(a, b); }
FN U u_sub(U a, U b) { return _mm512_sub_epi32(a, b); }
FN U u_and(U a, U b) { return _mm512_and_si512(a, b); }
FN U u_shr(U a, int n) { return _mm512_srli_epi32(a, (unsigned)n); }
FN U u_sar(U a, int n) { return _mm512_srai_epi32(a, (unsigned)n); }
FN U u_shl(U a, int n) { return _mm512_slli_epi32(a, (unsigned)n); }
FN U u_bits(F v) { return _mm512_castps_si512(v); }
FN F f_bits(U v) { return _mm512_castsi512_ps(v); }
FN F f_from_signed(U v) { return _mm512_cvtepi32_ps(v); }
FN F f_from_unsigned(U v) { return _mm512_cvtepu32_ps(v); }
// f_flip changes the sign of v where the highest bit of b is set.
FN F f_flip(F v, U b) { return f_bits(_mm512_xor_si512(u_bits(v), _mm512_and_si512(b, u_set(0x80000000u)))); }
// f_select is a where the lowest bit of b is set, else v.
FN F f_select(F v, F a, U b) { return _mm512_mask_mov_ps(v, _mm512_test_epi32_mask(b, u_set(1)), a); }
// u_count_reached adds 1 to n where x >= t, unsigned.
FN U u_count_reached(U n, U x, U t) {
	return _mm512_mask_add_epi32(n, _mm512_cmpge_epu32_mask(x, t), n, u_set(1));
}

// Integers of 64 bits, of which Philox uses the lower halves.
FN W w_set(uint32_t v) { return _mm512_set1_epi64((long long)v); }
FN W w_even(uint32_t b) { return _mm512_add_epi64(w_set(b), _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0)); }
FN W w_mul(W a, W b) { return _mm512_mul_epu32(a, b); }
FN W w_high(W a) { return _mm512_srli_epi64(a, 32); }
FN W w_xor3(W a, W b, W c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
// u_join interleaves lower halves: even lanes from a, odd ones from b.
FN U u_join(W a, W b) { return _mm512_mask_blend_epi32(0xAAAA, a, _mm512_slli_epi64(b, 32)); }

// f_interleave turns z[k] lane i into element 4 i + k of the 64 in z[0] to z[3].
FN void f_interleave(F z[4]) {
	F a = _mm512_unpacklo_ps(z[0], z[1]), b = _mm512_unpackhi_ps(z[0], z[1]);
	F c = _mm512_unpacklo_ps(z[2], z[3]), d = _mm512_unpackhi_ps(z[2], z[3]);
	F p = _mm512_shuffle_ps(a, c, 0x44), q = _mm512_shuffle_ps(a, c, 0xEE);
	F r = _mm512_shuffle_ps(b, d, 0x44), s = _mm512_shuffle_ps(b, d, 0xEE);
	F pq = _mm512_shuffle_f32x4(p, q, 0x44), rs = _mm512_shuffle_f32x4(r, s, 0x44);
	F pq2 = _mm512_shuffle_f32x4(p, q, 0xEE), rs2 = _mm512_shuffle_f32x4(r, s, 0xEE);
	z[0] = _mm512_shuffle_f32x4(pq, rs, 0x88);
	z[1] = _mm512_shuffle_f32x4(pq, rs, 0xDD);
	z[2] = _mm512_shuffle_f32x4(pq2, rs2, 0x88);
	z[3] = _mm512_shuffle_f32x4(pq2, rs2, 0xDD);
}

// Conversions of 16 elements.
FN F f_from_half(const uint16_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
FN F f_from_bfloat(const uint16_t *p) {
	return f_bits(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16));
}
FN F f_from_byte(const uint8_t *p) {
	return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

#endif
