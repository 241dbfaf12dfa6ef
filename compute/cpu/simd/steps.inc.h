// The steps of optimizers beside Adam. Included by avx2.c and avx512.c after elementwise.inc.h.

// m is NULL without momentum.
TARGET void ISA(sgd_step)(float *p, float *m, const float *g, int64_t n, const n2s_step *s) {
	const F clip = f_set(s->clip), lr = f_set(s->lr), keep = f_set(s->keep);
	if (!m) {
#define BODY(load, store) store(p + i, f_sub(load(p + i), f_mul(lr, f_mul(clip, load(g + i)))));
		ELEMENTWISE(n, BODY);
#undef BODY
		return;
	}
#define BODY(load, store) \
	F u = f_add(f_mul(keep, load(m + i)), f_mul(clip, load(g + i))); \
	store(m + i, u); \
	store(p + i, f_sub(load(p + i), f_mul(lr, u)));
	ELEMENTWISE(n, BODY);
#undef BODY
}

TARGET void ISA(sparse_adam_step)(float *p, float *m, float *v, const float *g, int64_t n, const n2s_step *s) {
	const F clip = f_set(s->clip), lr = f_set(s->lr), eps = f_set(s->eps), add = f_set(s->add), add2 = f_set(s->add2);
#define BODY(load, store) \
	F gi = f_mul(clip, load(g + i)), pi = load(p + i), mi = load(m + i), vi = load(v + i); \
	F mn = f_add(mi, f_mul(add, f_sub(gi, mi))); \
	F vn = f_add(vi, f_mul(add2, f_sub(f_mul(gi, gi), vi))); \
	F pn = f_sub(pi, f_mul(lr, f_div(mn, f_add(f_sqrt(vn), eps)))); \
	store(m + i, f_where_nonzero(gi, mn, mi)); \
	store(v + i, f_where_nonzero(gi, vn, vi)); \
	store(p + i, f_where_nonzero(gi, pn, pi));
	ELEMENTWISE(n, BODY);
#undef BODY
}

TARGET void ISA(sparse_sgd_step)(float *p, float *m, const float *g, int64_t n, const n2s_step *s) {
	const F clip = f_set(s->clip), lr = f_set(s->lr), keep = f_set(s->keep);
#define BODY(load, store) \
	F gi = f_mul(clip, load(g + i)), pi = load(p + i), mi = load(m + i); \
	F mn = f_add(f_mul(keep, mi), gi); \
	store(m + i, f_where_nonzero(gi, mn, mi)); \
	store(p + i, f_where_nonzero(gi, f_sub(pi, f_mul(lr, mn)), pi));
	ELEMENTWISE(n, BODY);
#undef BODY
}

TARGET void ISA(rms_prop_step)(float *p, float *a, const float *g, int64_t n, const n2s_step *s) {
	const F clip = f_set(s->clip), lr = f_set(s->lr), eps = f_set(s->eps), keep = f_set(s->keep), add = f_set(s->add);
#define BODY(load, store) \
	F gi = f_mul(clip, load(g + i)); \
	F ai = f_add(f_mul(keep, load(a + i)), f_mul(add, f_mul(gi, gi))); \
	store(a + i, ai); \
	store(p + i, f_sub(load(p + i), f_mul(lr, f_div(gi, f_add(f_sqrt(ai), eps)))));
	ELEMENTWISE(n, BODY);
#undef BODY
}
