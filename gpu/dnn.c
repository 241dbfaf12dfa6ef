//go:build cgo && linux

#define _GNU_SOURCE
#include "dnn.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define POINTER(name, symbol, params, args) int(*name) params;
static struct {
	GPU_DNN_CALLS(POINTER)
	size_t (*version)(void);
	const char *(*name)(int);
	void (*words)(char *, size_t);
} dnn;

static int find(void *to, void *library, const char *symbol) {
	void *at = dlsym(library, symbol);
	memcpy(to, &at, sizeof at);
	return at != NULL;
}

int gpu_dnn(void *library, char *message, size_t room) {
	const char *lacks = NULL;
#define FIND(name, symbol, params, args)                                                           \
	if (!find(&dnn.name, library, #symbol)) lacks = #symbol;
	GPU_DNN_CALLS(FIND)
	FIND(version, cudnnGetVersion, , )
	FIND(name, cudnnGetErrorString, , )
	find(&dnn.words, library, "cudnnGetLastErrorString");
	if (lacks) snprintf(message, room, "it has no %s", lacks);
	return lacks == NULL;
}

#define WRAP(name, symbol, params, args)                                                           \
	int gpu_##name(gpu_handle c_, GPU_LIST params) {                                               \
		int status = gpu_enter(c_);                                                                \
		return status ? GPU_NO_CONTEXT : dnn.name args;                                            \
	}
GPU_DNN_CALLS(WRAP)

int gpu_convolve(gpu_handle c, gpu_handle h, const gpu_dnn_args *g) {
	const float one = 1, zero = 0;
	switch (g->kind) {
	case GPU_DNN_FORWARD:
		return gpu_cudnnConvolutionForward(c, h, &one, g->ad, g->a, g->bd, g->b, g->conv, g->algo,
			g->work, g->room, &zero, g->rd, g->r);
	case GPU_DNN_INPUT:
		return gpu_cudnnConvolutionBackwardData(c, h, &one, g->ad, g->a, g->bd, g->b, g->conv,
			g->algo, g->work, g->room, &zero, g->rd, g->r);
	default:
		return gpu_cudnnConvolutionBackwardFilter(c, h, &one, g->ad, g->a, g->bd, g->b, g->conv,
			g->algo, g->work, g->room, &zero, g->rd, g->r);
	}
}

size_t gpu_dnn_version(void) { return dnn.version(); }

const char *gpu_dnn_name(int status) { return dnn.name(status); }

void gpu_dnn_words(char *message, size_t room) {
	message[0] = 0;
	if (dnn.words) dnn.words(message, room);
}
