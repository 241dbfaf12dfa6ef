// Add, Sub, Mul, Scale, Axpy, Axpby, AddBias and Adam. Included by avx2.c and avx512.c.

// EACH runs its body over whole vectors, and once more over the rest with masked loads and stores.
#define EACH(n, body) \
	int64_t i = 0; \
	for (; i + 16 <= (n); i += 16) { body(f_load, f_store) } \
	if (i < (n)) { body(LOAD_REST, STORE_REST) }
#define LOAD_REST(p) f_load_n(p, rest)
#define STORE_REST(p, v) f_store_n(p, v, rest)
#define ELEMENTWISE(n, body) \
	do { \
		const int rest = (int)((n) & 15); \
		EACH(n, body) \
	} while (0)

TARGET void ISA(add)(float *z, const float *x, const float *y, int64_t n) {
#define BODY(load, store) store(z + i, f_add(load(x + i), load(y + i)));
	ELEMENTWISE(n, BODY);
#undef BODY
}

TARGET void ISA(sub)(float *z, const float *x, const float *y, int64_t n) {
#define BODY(load, store) store(z + i, f_sub(load(x + i), load(y + i)));
	ELEMENTWISE(n, BODY);
#undef BODY
}

TARGET void ISA(mul)(float *z, const float *x, const float *y, int64_t n) {
#define BODY(load, store) store(z + i, f_mul(load(x + i), load(y + i)));
	ELEMENTWISE(n, BODY);
#undef BODY
}

TARGET void ISA(scale)(float *y, float a, const float *x, int64_t n) {
	const F va = f_set(a);
#define BODY(load, store) store(y + i, f_mul(va, load(x + i)));
	ELEMENTWISE(n, BODY);
#undef BODY
}

TARGET void ISA(axpy)(float *y, float a, const float *x, int64_t n) {
	const F va = f_set(a);
#define BODY(load, store) store(y + i, f_add(f_mul(va, load(x + i)), load(y + i)));
	ELEMENTWISE(n, BODY);
#undef BODY
}

TARGET void ISA(axpby)(float *y, float a, const float *x, float b, int64_t n) {
	const F va = f_set(a), vb = f_set(b);
#define BODY(load, store) store(y + i, f_add(f_mul(va, load(x + i)), f_mul(vb, load(y + i))));
	ELEMENTWISE(n, BODY);
#undef BODY
}

TARGET void ISA(add_bias)(float *y, int64_t ld, const float *bias, int64_t rows, int64_t cols) {
	for (int64_t r = 0; r < rows; r++) ISA(add)(y + r * ld, y + r * ld, bias, cols);
}

TARGET void ISA(adam_step)(float *p, float *m, float *v, const float *g, int64_t n, const n2s_adam *s) {
	const F clip = f_set(s->clip), beta1 = f_set(s->beta1), one_minus1 = f_set(s->one_minus1);
	const F beta2 = f_set(s->beta2), one_minus2 = f_set(s->one_minus2);
	const F step_size = f_set(s->step_size), root_bc2 = f_set(s->root_bc2), eps = f_set(s->eps), decay = f_set(s->decay);
#define BODY(load, store) \
	F gi = f_mul(clip, load(g + i)); \
	F mi = f_add(f_mul(beta1, load(m + i)), f_mul(one_minus1, gi)); \
	F vi = f_add(f_mul(beta2, load(v + i)), f_mul(one_minus2, f_mul(gi, gi))); \
	F denominator = f_add(f_div(f_sqrt(vi), root_bc2), eps); \
	store(m + i, mi); \
	store(v + i, vi); \
	store(p + i, f_sub(f_mul(decay, load(p + i)), f_mul(step_size, f_div(mi, denominator))));
	ELEMENTWISE(n, BODY);
#undef BODY
}
