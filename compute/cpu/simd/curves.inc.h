// Functions of one number: compute/cpu/kernel/curvemath.go and curves.go are the definition, which
// this follows operation by operation. Included by avx2.c and avx512.c, after noise.inc.h.

static const float erf_polynomial[16] = {
	0.362583965f, -0.181011081f, 0.134691074f, -0.109532878f,
	0.0906700194f, -0.0737964958f, 0.057905823f, -0.0428188294f,
	0.0291349832f, -0.0194358546f, 0.0135807888f, -0.00728565734f,
	0.00190581928f, -0.00133705745f, 0.00192220672f, -0.000766597281f,
};

// reduced writes x = n ln 2 + r, with rest = e^r - 1 - r.
typedef struct {
	U n;
	F r, rest;
} reduced;

FN reduced reduce(F x) {
	reduced v;
	const F shifter = f_set(0x1.8p23f);
	const F t = f_add(f_mul(x, f_set(1.44269504088896341f)), shifter);
	v.n = u_sub(u_bits(t), u_bits(shifter));
	const F whole = f_sub(t, shifter);
	v.r = f_sub(x, f_mul(whole, f_set(0.693359375f)));
	v.r = f_add(v.r, f_mul(whole, f_set(2.12194440e-4f)));
	F p = f_add(f_mul(f_set(1.9875691500e-4f), v.r), f_set(1.3981999507e-3f));
	p = f_add(f_mul(p, v.r), f_set(8.3334519073e-3f));
	p = f_add(f_mul(p, v.r), f_set(4.1665795894e-2f));
	p = f_add(f_mul(p, v.r), f_set(1.6666665459e-1f));
	p = f_add(f_mul(p, v.r), f_set(5.0000001201e-1f));
	v.rest = f_mul(p, f_mul(v.r, v.r));
	return v;
}

FN F power2(U n) { return f_bits(u_shl(u_add(n, u_set(127)), 23)); }
FN U u_negate(U n) { return u_sub(u_set(0), n); }
FN F limit(F x, float low, float high) { return f_min(f_set(high), f_max(f_set(low), x)); }

FN F exp_of(F x) {
	const reduced v = reduce(limit(x, -104, 89));
	const U h = u_sar(v.n, 1);
	const F y = f_add(f_add(v.rest, v.r), f_set(1));
	return f_mul(f_mul(y, power2(h)), power2(u_sub(v.n, h)));
}

FN F expm1_of(F x) {
	const reduced v = reduce(limit(x, -30, 89));
	const U h = u_sar(v.n, 1), other = u_sub(v.n, h);
	const F inverse = f_mul(power2(u_negate(h)), power2(u_negate(other)));
	const F q = f_add(f_add(v.rest, v.r), f_sub(f_set(1), inverse));
	return f_mul(f_mul(q, power2(h)), power2(other));
}

FN F tanh_of(F x) {
	const F a = f_abs(x), z = f_mul(a, a);
	F p = f_add(f_mul(f_set(-5.70498872745e-3f), z), f_set(2.06390887954e-2f));
	p = f_sub(f_mul(p, z), f_set(5.37397155531e-2f));
	p = f_add(f_mul(p, z), f_set(1.33314422036e-1f));
	p = f_sub(f_mul(p, z), f_set(3.33332819422e-1f));
	const F near = f_add(f_mul(f_mul(p, z), a), a);
	const F e = exp_of(f_mul(f_set(2), a));
	const F far = f_sub(f_set(1), f_div(f_set(2), f_add(e, f_set(1))));
	return f_flip(f_if_below(a, f_set(0.625f), near, far), u_bits(x));
}

FN F erf_of(F x) {
	const F a = f_abs(x);
	const F t = f_sub(f_mul(f_mul(a, a), f_set((float)(2 / (3.9 * 3.9)))), f_set(1));
	F p = f_set(erf_polynomial[15]);
#pragma GCC unroll 15
	for (int i = 14; i >= 0; i--) p = f_add(f_mul(p, t), f_set(erf_polynomial[i]));
	return f_flip(f_if_reached(a, f_set(3.9f), f_set(1), f_mul(p, a)), u_bits(x));
}

// twice_normal is 1 + erf(x/√2), twice the normal distribution function.
FN F twice_normal(F x) { return f_add(f_set(1), erf_of(f_mul(x, f_set(0.707106781186547524f)))); }

FN F gelu_of(F x) { return f_mul(f_mul(f_set(0.5f), x), twice_normal(x)); }

FN F gelu_slope_of(F x) {
	const F e = exp_of(f_mul(f_set(-0.5f), f_mul(x, x)));
	const F density = f_mul(f_mul(x, f_set(0.398942280401432678f)), e);
	return f_add(f_mul(f_set(0.5f), twice_normal(x)), density);
}

// sides are the sigmoid of x and of -x.
typedef struct {
	F s, other;
} sides;

FN sides sides_of(F x) {
	const F e = exp_of(f_sub(f_zero(), f_abs(x))), d = f_add(f_set(1), e);
	const F large = f_div(f_set(1), d), small = f_div(e, d);
	return (sides){f_if_below(x, f_zero(), small, large), f_if_below(x, f_zero(), large, small)};
}

FN F sigmoid_of(F x) {
	const F e = exp_of(f_sub(f_zero(), f_abs(x)));
	return f_div(f_if_below(x, f_zero(), e, f_set(1)), f_add(f_set(1), e));
}

FN F silu_of(F x) { return f_mul(x, sigmoid_of(x)); }
FN F silu_slope_of(F x) {
	const sides v = sides_of(x);
	return f_mul(v.s, f_add(f_set(1), f_mul(x, v.other)));
}

FN F elu_of(F x) { return f_if_above(x, f_zero(), x, expm1_of(x)); }
FN F elu_slope_of(F x) { return f_if_above(x, f_zero(), f_set(1), exp_of(x)); }

FN F softplus_of(F x) {
	const F e = exp_of(f_sub(f_zero(), f_abs(x))), u = f_add(f_set(1), e);
	const F lost = f_div(f_sub(e, f_sub(u, f_set(1))), u);
	const F y = f_add(ln(u), lost);
	return f_if_above(x, f_set(20), x, f_if_above(x, f_zero(), f_add(x, y), y));
}
FN F softplus_slope_of(F x) { return f_if_above(x, f_set(20), f_set(1), sigmoid_of(x)); }

#define CURVE(f) \
	for (; i + 16 <= n; i += 16) f_store(y + i, f(f_load(x + i))); \
	if (i < n) f_store_n(y + i, f(f_load_n(x + i, (int)(n - i))), (int)(n - i)); \
	break;

// The cases are kernel.Function's values.
TARGET void ISA(curve)(float *y, const float *x, int64_t n, int function) {
	int64_t i = 0;
	switch (function) {
	case 0: CURVE(exp_of)
	case 1: CURVE(expm1_of)
	case 2: CURVE(tanh_of)
	case 3: CURVE(erf_of)
	case 4: CURVE(sigmoid_of)
	case 5: CURVE(gelu_of)
	case 6: CURVE(gelu_slope_of)
	case 7: CURVE(silu_of)
	case 8: CURVE(silu_slope_of)
	case 9: CURVE(elu_of)
	case 10: CURVE(elu_slope_of)
	case 11: CURVE(softplus_of)
	case 12: CURVE(softplus_slope_of)
	}
}
