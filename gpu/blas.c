//go:build cgo && linux

#define _GNU_SOURCE
#include "blas.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define POINTER(name, symbol, params, args) int(*name) params;
static struct {
	GPU_BLAS_CALLS(POINTER)
} blas;

int gpu_blas(void *library, char *message, size_t room) {
	const char *lacks = NULL;
	void *at;
#define FIND(name, symbol, params, args)                                                           \
	at = dlsym(library, #symbol);                                                                  \
	if (!at) lacks = #symbol;                                                                      \
	memcpy(&blas.name, &at, sizeof at);
	GPU_BLAS_CALLS(FIND)
	if (lacks) snprintf(message, room, "it has no %s", lacks);
	return lacks == NULL;
}

#define WRAP(name, symbol, params, args)                                                           \
	int gpu_##name(gpu_handle c_, GPU_LIST params) {                                               \
		int status = gpu_enter(c_);                                                                \
		return status ? GPU_NO_CONTEXT : blas.name args;                                           \
	}
GPU_BLAS_CALLS(WRAP)

int gpu_gemm(gpu_handle c, gpu_handle h, const gpu_gemm_args *g) {
	float alpha32 = (float)g->alpha, beta32 = (float)g->beta;
	int wide = g->compute == GPU_COMPUTE_64F;
	const void *alpha = wide ? (const void *)&g->alpha : (const void *)&alpha32;
	const void *beta = wide ? (const void *)&g->beta : (const void *)&beta32;
	if (g->count == 1) {
		return gpu_cublasGemmEx(c, h, g->ta, g->tb, g->m, g->n, g->k, alpha, g->a, g->type, g->lda, g->b,
			g->type, g->ldb, beta, g->c, g->type, g->ldc, g->compute, GPU_GEMM_DEFAULT);
	}
	return gpu_cublasGemmStridedBatchedEx(c, h, g->ta, g->tb, g->m, g->n, g->k, alpha, g->a, g->type,
		g->lda, g->sa, g->b, g->type, g->ldb, g->sb, beta, g->c, g->type, g->ldc, g->sc, g->count,
		g->compute, GPU_GEMM_DEFAULT);
}
