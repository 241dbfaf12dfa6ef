// The functions that define the noise's bits, as compute/cpu/kernel/noisemath.go: float32 products and
// sums that are rounded once each, in the order written, and integer operations. Coefficients are those
// of Cephes (S. Moshier), logf and sinf.
#pragma once
#include "arith.cuh"

// unit maps a word to (0, 1]: x·2⁻³² + 2⁻³³ with x rounded to float32.
__device__ inline float unit(uint32_t x) { return plus(mul(__uint2float_rn(x), 0x1p-32f), 0x1p-33f); }

// unit31 maps a 31-bit word to (0, 1]: x·2⁻³¹ + 2⁻³² with x rounded to float32.
__device__ inline float unit31(uint32_t x) { return plus(mul(__int2float_rn(int(x)), 0x1p-31f), 0x1p-32f); }

// flip changes v's sign where the highest bit of b is set.
__device__ inline float flip(float v, uint32_t b) { return __uint_as_float(__float_as_uint(v) ^ (b & 0x80000000u)); }

// neg_log returns −ln u for u in (0, 1], u normal. With u = 2ᵉ·(1 + f) and 1+f in [√½, √2):
//
//	ln u = f − f²/2 + f³ P(f) + e ln 2,    ln 2 split as 0.693359375 − 2.12194440e-4
__device__ inline float neg_log(float u) {
    const uint32_t root_half = 0x3F3504F3u; // the bits of √½, from where the exponent is counted
    uint32_t b = __float_as_uint(u) - root_half;
    float e = __int2float_rn(int(b) >> 23);
    float f = minus(__uint_as_float((b & 0x007FFFFFu) + root_half), 1.0f);
    float z = mul(f, f);
    float p = minus(mul(7.0376836292e-2f, f), 1.1514610310e-1f);
    p = plus(mul(p, f), 1.1676998740e-1f);
    p = minus(mul(p, f), 1.2420140846e-1f);
    p = plus(mul(p, f), 1.4249322787e-1f);
    p = minus(mul(p, f), 1.6668057665e-1f);
    p = plus(mul(p, f), 2.0000714765e-1f);
    p = minus(mul(p, f), 2.4999993993e-1f);
    p = plus(mul(p, f), 3.3333331174e-1f);
    float y = mul(mul(p, f), z);
    y = minus(y, mul(e, 2.12194440e-4f));
    y = minus(y, mul(0.5f, z));
    y = plus(f, y);
    y = plus(y, mul(e, 0.693359375f));
    return minus(0.0f, y);
}

// cos_sin_turn returns cos and sin of 2π·x/2³². The nearest quarter turn q is taken off exactly, in
// integers, which leaves r in [−2²⁹, 2²⁹) and the angle θ = r·(π/2)·2⁻³⁰ in [−π/4, π/4).
__device__ inline void cos_sin_turn(uint32_t x, float& c, float& s) {
    uint32_t q = (x + (1u << 29)) >> 30;
    int r = int(x - (q << 30));
    float t = mul(__int2float_rn(r), float(1.57079632679489662 * 0x1p-30));
    float z = mul(t, t);

    float p = plus(mul(-1.9515295891e-4f, z), 8.3321608736e-3f);
    p = minus(mul(p, z), 1.6666654611e-1f);
    float sine = plus(mul(mul(p, z), t), t);

    p = minus(mul(2.443315711809948e-5f, z), 1.388731625493765e-3f);
    p = plus(mul(p, z), 4.166664568298827e-2f);
    float cosine = plus(minus(mul(mul(p, z), z), mul(0.5f, z)), 1.0f);

    bool swap = q & 1;
    c = flip(swap ? sine : cosine, ((q + 1) & 2) << 30);
    s = flip(swap ? cosine : sine, (q & 2) << 30);
}
