// The k largest entries of a row. Included by avx2.c and avx512.c. See kernel/topk.go.

// topk_filter appends what is NaN or above to buffer, until it holds limit or more. at[0] is how many
// it holds, at[1] becomes how many entries of x were seen. Up to 15 more are written than are held.
TARGET void ISA(topk_filter)(float *buffer, int64_t limit, const float *x, int64_t n, float above, int64_t *at) {
	const F t = f_set(above);
	int64_t have = at[0], i = 0;
	for (; i + 64 <= n && have < limit; i += 64) {
		// Mostly nothing passes: one branch for four vectors.
		const F a = f_load(x + i), b = f_load(x + i + 16), c = f_load(x + i + 32), d = f_load(x + i + 48);
		const uint32_t lo = f_mask_above(a, t) | f_mask_above(b, t) << 16, hi = f_mask_above(c, t) | f_mask_above(d, t) << 16;
		if (!(lo | hi)) continue;
		have += f_compress(buffer + have, a, lo & 0xFFFF);
		if (have >= limit) { i += 16; break; }
		have += f_compress(buffer + have, b, lo >> 16);
		if (have >= limit) { i += 32; break; }
		have += f_compress(buffer + have, c, hi & 0xFFFF);
		if (have >= limit) { i += 48; break; }
		have += f_compress(buffer + have, d, hi >> 16);
	}
	for (; i + 16 <= n && have < limit; i += 16) {
		const F v = f_load(x + i);
		have += f_compress(buffer + have, v, f_mask_above(v, t));
	}
	if (i < n && n - i < 16 && have < limit) {
		const F v = f_load_n(x + i, (int)(n - i));
		have += f_compress(buffer + have, v, f_mask_above(v, t)); // the rest is 0, never above
		i = n;
	}
	at[0] = have;
	at[1] = i < n ? i : n;
}

// topk_mask keeps what is above t (not NaN) and the first ties entries equal to it.
TARGET void ISA(topk_mask)(float *y, const float *x, int64_t n, float threshold, int64_t ties) {
	const F t = f_set(threshold);
	for (int64_t i = 0; i < n; i += 16) {
		const int rest = n - i < 16 ? (int)(n - i) : 16;
		const F v = rest == 16 ? f_load(x + i) : f_load_n(x + i, rest);
		const F kept = f_where_above(v, t);
		if (rest == 16) f_store(y + i, kept);
		else f_store_n(y + i, kept, rest);
		if (ties == 0) continue;
		for (uint32_t equal = f_mask_equal(v, t); equal && ties > 0; equal &= equal - 1, ties--) {
			const int lane = __builtin_ctz(equal);
			if (lane < rest) y[i + lane] = threshold;
		}
	}
}
