// The product for one instruction set. The file that includes it defines
//
//   V, LANES                 a register of floats, and how many it holds
//   MR                       rows of c that are computed at once; NR = 2 LANES are the columns
//   v_load, v_store, v_set, v_zero, v_fma (x·y + z, rounded once), v_mul, v_add
//   v_transpose(s, lds, d, ldd)   LANES × LANES elements of s into d
//   ROWS(X)                  X(0) X(1) ... X(MR-1)
//   FN, GEMM                 storage and target of functions; the name of the one that is exported
//
// b is packed block by block into strips of NR columns, so that the innermost loop reads it in
// order; a is read where it lies, row by row, or packed into panels of MR rows where it is stored
// transposed. The innermost loop keeps MR × NR elements of c in registers and for each l of the
// block adds a[i][l] · b[l][j] to them: MR × 2 fused multiply-adds for 2 + MR loads.
//
// Every element of c is the same chain of operations whatever the instruction set and wherever a
// tile begins: for each block of the depth, a sum of fused multiply-adds in order from 0, then
// c = beta · c + alpha · sum for the first block (without beta · c where beta is 0), c + alpha · sum
// for the others.

#include <string.h>

#define NR (2 * LANES)

// pack_b packs k rows of w <= NR columns: d[l][j] = b[l][j], 0 beyond w.
FN void pack_b(float *d, const float *b, int64_t ldb, int64_t k, int64_t w) {
	for (int64_t l = 0; l < k; l++, d += NR, b += ldb) {
		if (w == NR) {
			v_store(d, v_load(b));
			v_store(d + LANES, v_load(b + LANES));
			continue;
		}
		for (int64_t j = 0; j < NR; j++) d[j] = j < w ? b[j] : 0;
	}
}

// pack_b_transposed is pack_b where b is stored transposed: d[l][j] = b[j][l].
FN void pack_b_transposed(float *d, const float *b, int64_t ldb, int64_t k, int64_t w) {
	for (int64_t j0 = 0; j0 < NR; j0 += LANES) {
		int64_t l = 0;
		if (j0 + LANES <= w)
			for (; l + LANES <= k; l += LANES) v_transpose(b + j0 * ldb + l, ldb, d + l * NR + j0, NR);
		for (; l < k; l++)
			for (int64_t j = j0; j < j0 + LANES; j++) d[l * NR + j] = j < w ? b[j * ldb + l] : 0;
	}
}

// pack_a packs h <= MR rows of depth k: d[l][i] = a[i][l], 0 beyond h. Strides are those of i and l.
FN void pack_a(float *d, const float *a, int64_t row, int64_t step, int64_t k, int64_t h) {
	for (int64_t l = 0; l < k; l++, d += MR, a += step) {
		if (row == 1 && h == MR) {
			memcpy(d, a, MR * sizeof *d);
			continue;
		}
		for (int64_t i = 0; i < MR; i++) d[i] = i < h ? a[i * row] : 0;
	}
}

// tile computes MR × NR elements of c over a block of depth k. Strides of a are those of rows and
// of the depth.
FN void tile(int64_t k, const float *a, int64_t row, int64_t step, const float *b, float *c, int64_t ldc, float alpha, float beta) {
	const float *a3 = a + 3 * row, *a6 = a + 6 * row; // a row each is too many addresses to keep
#define ADDRESS(i) (i < 3 ? a + i * row : i < 6 ? a3 + (i - 3) * row : a6 + (i - 6) * row)
#define BEGIN(i) V x##i = v_zero(), y##i = x##i;
#define ADD(i) { V v = v_set(*(ADDRESS(i))); x##i = v_fma(v, b0, x##i); y##i = v_fma(v, b1, y##i); }
#define END(i) v_store(c + i * ldc, v_mul(s, x##i)); v_store(c + i * ldc + LANES, v_mul(s, y##i));
#define END_ADD(i) \
	v_store(c + i * ldc, v_add(v_mul(t, v_load(c + i * ldc)), v_mul(s, x##i))); \
	v_store(c + i * ldc + LANES, v_add(v_mul(t, v_load(c + i * ldc + LANES)), v_mul(s, y##i)));
	ROWS(BEGIN)
	for (int64_t l = 0; l < k; l++, a += step, a3 += step, a6 += step, b += NR) {
		V b0 = v_load(b), b1 = v_load(b + LANES);
		ROWS(ADD)
	}
	V s = v_set(alpha), t = v_set(beta);
	if (beta == 0) {
		ROWS(END)
	} else {
		ROWS(END_ADD)
	}
}

static TARGET __attribute__((noinline)) void tile_rows(int64_t k, const float *a, int64_t lda, const float *b, float *c, int64_t ldc, float alpha, float beta) {
	tile(k, a, lda, 1, b, c, ldc, alpha, beta);
}

static TARGET __attribute__((noinline)) void tile_packed(int64_t k, const float *a, const float *b, float *c, int64_t ldc, float alpha, float beta) {
	tile(k, a, 1, MR, b, c, ldc, alpha, beta);
}

// part computes at most MR × NR elements, h × w, where h or w may be less: through a whole tile beside c.
static TARGET __attribute__((noinline)) void part(int64_t k, const float *packed, const float *b, float *c, int64_t ldc, int64_t h, int64_t w, float alpha, float beta) {
	float whole[MR * NR];
	if (beta != 0)
		for (int64_t i = 0; i < MR * NR; i++) whole[i] = i / NR < h && i % NR < w ? c[i / NR * ldc + i % NR] : 0;
	tile_packed(k, packed, b, whole, NR, alpha, beta);
	for (int64_t i = 0; i < h; i++) memcpy(c + i * ldc, whole + i * NR, (size_t)w * sizeof *c);
}

// block computes m <= MC rows and n <= NC columns over a block of depth k, b packed in strips.
FN void block(const n2s_gemm *g, int64_t m, int64_t n, int64_t k, const float *a, float *panels, const float *strips, float *c, float beta) {
	const int64_t row = g->trans_a ? 1 : g->lda, step = g->trans_a ? g->lda : 1;
	float edge[MR * KC];
	for (int64_t i = 0; g->trans_a && i < m; i += MR)
		pack_a(panels + i * k, a + i, 1, step, k, m - i < MR ? m - i : MR);
	for (int64_t j = 0; j < n; j += NR) {
		const float *b = strips + j * k;
		const int64_t w = n - j < NR ? n - j : NR;
		for (int64_t i = 0; i < m; i += MR) {
			const int64_t h = m - i < MR ? m - i : MR;
			const float *packed = panels + i * k;
			float *d = c + i * g->ldc + j;
			if (!g->trans_a && (h < MR || w < NR)) {
				pack_a(edge, a + i * row, row, step, k, h);
				packed = edge;
			}
			if (h < MR || w < NR)
				part(k, packed, b, d, g->ldc, h, w, g->alpha, beta);
			else if (g->trans_a)
				tile_packed(k, packed, b, d, g->ldc, g->alpha, beta);
			else
				tile_rows(k, a + i * row, row, b, d, g->ldc, g->alpha, beta);
		}
	}
}

// depth is the length of a block of the depth: equal parts of at most KC.
FN int64_t depth(int64_t k) {
	const int64_t blocks = (k + KC - 1) / KC;
	return (k + blocks - 1) / blocks;
}

TARGET int GEMM(const n2s_gemm *g, const float *a, const float *b, float *c) {
	float *strips = n2s_gemm_scratch(), *panels = strips + KC * NC;
	if (!strips) return 0;
	const int64_t kc = depth(g->k);
	for (int64_t j0 = 0; j0 < g->n; j0 += NC) {
		const int64_t n = g->n - j0 < NC ? g->n - j0 : NC;
		for (int64_t l = 0; l < g->k; l += kc) {
			const int64_t k = g->k - l < kc ? g->k - l : kc;
			for (int64_t j = 0; j < n; j += NR) {
				const int64_t w = n - j < NR ? n - j : NR;
				if (g->trans_b)
					pack_b_transposed(strips + j * k, b + (j0 + j) * g->ldb + l, g->ldb, k, w);
				else
					pack_b(strips + j * k, b + l * g->ldb + j0 + j, g->ldb, k, w);
			}
			for (int64_t i = 0; i < g->m; i += MC)
				block(g, g->m - i < MC ? g->m - i : MC, n, k, a + (g->trans_a ? l * g->lda + i : i * g->lda + l),
					panels, strips, c + i * g->ldc + j0, l ? 1 : g->beta);
		}
	}
	return 1;
}
