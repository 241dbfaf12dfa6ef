//go:build cgo && linux

#define _GNU_SOURCE
#include "blaslt.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define POINTER(name, symbol, params, args) int(*name) params;
static struct {
	GPU_LT_CALLS(POINTER)
	size_t (*version)(void);
} lt;

int gpu_lt(void *library, char *message, size_t room) {
	const char *lacks = NULL;
	void *at;
#define FIND(name, symbol, params, args)                                                           \
	at = dlsym(library, #symbol);                                                                  \
	if (!at) lacks = #symbol;                                                                      \
	memcpy(&lt.name, &at, sizeof at);
	GPU_LT_CALLS(FIND)
	FIND(version, cublasLtGetVersion, , )
	if (lacks) snprintf(message, room, "it has no %s", lacks);
	return lacks == NULL;
}

#define WRAP(name, symbol, params, args)                                                           \
	int gpu_##name(gpu_handle c_, GPU_LIST params) {                                               \
		int status = gpu_enter(c_);                                                                \
		return status ? GPU_NO_CONTEXT : lt.name args;                                             \
	}
GPU_LT_CALLS(WRAP)

size_t gpu_lt_version(void) { return lt.version(); }

int gpu_lt_matmul(gpu_handle c, gpu_handle h, const gpu_lt_product *p) {
	const float one = 1;
	int status = 0;
	// Pointers belong to the description of the operation, which is read before the call returns.
	if (p->bias) status = lt.cublasLtMatmulDescSetAttribute(p->op, GPU_LT_BIAS, &p->bias, sizeof p->bias);
	if (p->aux && !status) status = lt.cublasLtMatmulDescSetAttribute(p->op, GPU_LT_AUX, &p->aux, sizeof p->aux);
	if (status) return status;
	return gpu_cublasLtMatmul(c, h, p->op, &one, p->a, p->al, p->b, p->bl, &p->beta, p->c, p->dl, p->d,
		p->dl, &p->algo, p->work, p->room, p->stream);
}
