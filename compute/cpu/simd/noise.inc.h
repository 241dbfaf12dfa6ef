// Philox4x32-10 and the noise made of it; compute/cpu/kernel/noisemath.go is the definition, which
// this follows operation by operation. Included by avx2.c and avx512.c.

// philox16 evaluates 16 consecutive blocks: w[k] lane i is word k of block + i. Even and odd
// blocks are computed apart, in 64-bit lanes, since the processor multiplies those; upper halves
// carry rubbish that multiplication ignores.
FN void philox16(U w[4], const n2s_random *r, uint32_t block) {
	const W mul0 = w_set(0xD2511F53u), mul1 = w_set(0xCD9E8D57u);
	W even[4] = {w_even(block), w_set(r->purpose), w_set((uint32_t)r->step), w_set((uint32_t)(r->step >> 32))};
	W odd[4] = {w_even(block + 1), even[1], even[2], even[3]};
	uint32_t k0 = (uint32_t)r->seed, k1 = (uint32_t)(r->seed >> 32);
	for (int round = 0; round < 10; round++) {
		const W key0 = w_set(k0), key1 = w_set(k1);
		W p = w_mul(even[0], mul0), q = w_mul(even[2], mul1);
		even[0] = w_xor3(w_high(q), even[1], key0);
		even[1] = q;
		even[2] = w_xor3(w_high(p), even[3], key1);
		even[3] = p;
		p = w_mul(odd[0], mul0), q = w_mul(odd[2], mul1);
		odd[0] = w_xor3(w_high(q), odd[1], key0);
		odd[1] = q;
		odd[2] = w_xor3(w_high(p), odd[3], key1);
		odd[3] = p;
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
	for (int k = 0; k < 4; k++) w[k] = u_join(even[k], odd[k]);
}

FN F unit(U x) { return f_add(f_mul(f_from_unsigned(x), f_set(0x1p-32f)), f_set(0x1p-33f)); }
FN F unit31(U x) { return f_add(f_mul(f_from_signed(x), f_set(0x1p-31f)), f_set(0x1p-32f)); }

// ln is the natural logarithm of a normal u > 0.
FN F ln(F u) {
	const U root_half = u_set(0x3F3504F3u);
	const U b = u_sub(u_bits(u), root_half);
	const F e = f_from_signed(u_sar(b, 23));
	const F f = f_sub(f_bits(u_add(u_and(b, u_set(0x007FFFFFu)), root_half)), f_set(1));
	const F z = f_mul(f, f);
	F p = f_sub(f_mul(f_set(7.0376836292e-2f), f), f_set(1.1514610310e-1f));
	p = f_add(f_mul(p, f), f_set(1.1676998740e-1f));
	p = f_sub(f_mul(p, f), f_set(1.2420140846e-1f));
	p = f_add(f_mul(p, f), f_set(1.4249322787e-1f));
	p = f_sub(f_mul(p, f), f_set(1.6668057665e-1f));
	p = f_add(f_mul(p, f), f_set(2.0000714765e-1f));
	p = f_sub(f_mul(p, f), f_set(2.4999993993e-1f));
	p = f_add(f_mul(p, f), f_set(3.3333331174e-1f));
	F y = f_mul(f_mul(p, f), z);
	y = f_sub(y, f_mul(e, f_set(2.12194440e-4f)));
	y = f_sub(y, f_mul(f_set(0.5f), z));
	y = f_add(f, y);
	return f_add(y, f_mul(e, f_set(0.693359375f)));
}
FN F neg_log(F u) { return f_sub(f_zero(), ln(u)); }

// cos_sin_turn is the cosine and sine of x / 2^32 turns.
FN void cos_sin_turn(U x, F *c, F *s) {
	const U q = u_shr(u_add(x, u_set(1u << 29)), 30);
	const F r = f_from_signed(u_sub(x, u_shl(q, 30)));
	const F t = f_mul(r, f_set((float)(1.57079632679489662 * 0x1p-30)));
	const F z = f_mul(t, t);
	F p = f_add(f_mul(f_set(-1.9515295891e-4f), z), f_set(8.3321608736e-3f));
	p = f_sub(f_mul(p, z), f_set(1.6666654611e-1f));
	const F sine = f_add(f_mul(f_mul(p, z), t), t);
	p = f_sub(f_mul(f_set(2.443315711809948e-5f), z), f_set(1.388731625493765e-3f));
	p = f_add(f_mul(p, z), f_set(4.166664568298827e-2f));
	const F cosine = f_add(f_sub(f_mul(f_mul(p, z), z), f_mul(f_set(0.5f), z)), f_set(1));
	// In odd quarters the two change places; bit 1 of q + 1 and of q is the sign.
	*c = f_flip(f_select(cosine, sine, q), u_shl(u_add(q, u_set(1)), 30));
	*s = f_flip(f_select(sine, cosine, q), u_shl(q, 30));
}

FN void gaussian_pair(F *z0, F *z1, U w0, U w1, F scale) {
	const F radius = f_mul(scale, f_sqrt(f_mul(f_set(2), neg_log(unit(w0)))));
	F c, s;
	cos_sin_turn(w1, &c, &s);
	*z0 = f_mul(radius, c);
	*z1 = f_mul(radius, s);
}

FN F laplace(U w, F scale) { return f_flip(f_mul(scale, neg_log(unit31(u_shr(w, 1)))), u_shl(w, 31)); }
FN F exponential(U w, F scale) { return f_mul(scale, neg_log(unit(w))); }

FN void poisson(F z[4], const U w[4], float base, const uint32_t *thresholds, int count) {
	U k[4] = {u_set(0), u_set(0), u_set(0), u_set(0)};
	for (int i = 0; i < count; i++) {
		const U t = u_set(thresholds[i]);
		for (int j = 0; j < 4; j++) k[j] = u_count_reached(k[j], w[j], t);
	}
	for (int j = 0; j < 4; j++) z[j] = f_add(f_set(base), f_from_signed(k[j]));
}

// noise64 makes the noise of the 64 elements that start with a block.
FN void noise64(F z[4], int kind, const n2s_noise *d, const uint32_t *thresholds, const n2s_random *r, uint32_t block) {
	const F scale = f_set(d->scale);
	U w[4];
	philox16(w, r, block);
	switch (kind) {
	case 0:
		gaussian_pair(&z[0], &z[1], w[0], w[1], scale);
		gaussian_pair(&z[2], &z[3], w[2], w[3], scale);
		break;
	case 1:
		for (int k = 0; k < 4; k++) z[k] = laplace(w[k], scale);
		break;
	case 2:
		for (int k = 0; k < 4; k++) z[k] = exponential(w[k], scale);
		break;
	default:
		poisson(z, w, d->base, thresholds, d->count);
	}
	f_interleave(z);
}

FN void add_noise_kind(float *dst, const float *src, int64_t n, int kind, const n2s_noise *d, const uint32_t *thresholds, const n2s_random *r) {
	uint32_t block = r->block;
	int64_t i = 0;
	F z[4];
	for (; i + 64 <= n; i += 64, block += 16) {
		noise64(z, kind, d, thresholds, r, block);
		for (int k = 0; k < 4; k++) f_store(dst + i + 16 * k, f_add(f_load(src + i + 16 * k), z[k]));
	}
	if (i == n) return;
	noise64(z, kind, d, thresholds, r, block);
	for (int k = 0; k < 4 && i < n; k++, i += 16) {
		const int some = at_most(n - i, 16);
		store_some(dst + i, f_add(load_some(src + i, some), z[k]), some);
	}
}

TARGET void ISA(add_noise)(float *dst, const float *src, int64_t n, const n2s_noise *d, const uint32_t *thresholds, const n2s_random *r) {
	switch (d->kind) {
	case 0: add_noise_kind(dst, src, n, 0, d, thresholds, r); break;
	case 1: add_noise_kind(dst, src, n, 1, d, thresholds, r); break;
	case 2: add_noise_kind(dst, src, n, 2, d, thresholds, r); break;
	default: add_noise_kind(dst, src, n, 3, d, thresholds, r);
	}
}

TARGET void ISA(fill_uniform)(float *dst, int64_t n, float low, float width, const n2s_random *r) {
	uint32_t block = r->block;
	for (int64_t i = 0; i < n; block += 16) {
		U w[4];
		F z[4];
		philox16(w, r, block);
		for (int k = 0; k < 4; k++) {
			const F u = f_mul(f_add(f_from_signed(u_shr(w[k], 9)), f_set(0.5f)), f_set(0x1p-23f));
			z[k] = f_add(f_set(low), f_mul(f_set(width), u));
		}
		f_interleave(z);
		for (int k = 0; k < 4 && i < n; k++, i += 16) {
			const int some = at_most(n - i, 16);
			store_some(dst + i, z[k], some);
		}
	}
}
