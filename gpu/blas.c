//go:build cgo && linux

#define _GNU_SOURCE
#include "blas.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define POINTER(name, symbol, params, args) int(*name) params;
static struct {
	N2S_BLAS_CALLS(POINTER)
} blas;

int n2s_blas(void *library, char *message, size_t room) {
	const char *lacks = NULL;
	void *at;
#define FIND(name, symbol, params, args)                                                           \
	at = dlsym(library, symbol);                                                                   \
	if (!at) lacks = symbol;                                                                       \
	memcpy(&blas.name, &at, sizeof at);
	N2S_BLAS_CALLS(FIND)
	if (lacks) snprintf(message, room, "it has no %s", lacks);
	return lacks == NULL;
}

#define WRAP(name, symbol, params, args)                                                           \
	int n2s_##name(n2s_handle c_, N2S_LIST params) {                                               \
		int status = n2s_enter(c_);                                                                \
		return status ? N2S_NO_CONTEXT : blas.name args;                                           \
	}
N2S_BLAS_CALLS(WRAP)

enum { DEFAULT_ALGORITHM = -1, COMPUTE_64F = 70 };

int n2s_gemm(n2s_handle c, n2s_handle h, const n2s_gemm_args *g) {
	float alpha32 = (float)g->alpha, beta32 = (float)g->beta;
	int wide = g->compute == COMPUTE_64F;
	const void *alpha = wide ? (const void *)&g->alpha : (const void *)&alpha32;
	const void *beta = wide ? (const void *)&g->beta : (const void *)&beta32;
	if (g->count == 1) {
		return n2s_cublasGemmEx(c, h, g->ta, g->tb, g->m, g->n, g->k, alpha, g->a, g->type, g->lda, g->b,
			g->type, g->ldb, beta, g->c, g->type, g->ldc, g->compute, DEFAULT_ALGORITHM);
	}
	return n2s_cublasGemmStridedBatchedEx(c, h, g->ta, g->tb, g->m, g->n, g->k, alpha, g->a, g->type,
		g->lda, g->sa, g->b, g->type, g->ldb, g->sb, beta, g->c, g->type, g->ldc, g->sc, g->count,
		g->compute, DEFAULT_ALGORITHM);
}
