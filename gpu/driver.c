//go:build cgo && linux

#define _GNU_SOURCE // dladdr
#include "driver.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

void *gpu_open(const char *path, char *message, size_t room) {
	void *h = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!h) snprintf(message, room, "%s", dlerror());
	return h;
}

void gpu_path(void *library, const char *symbol, char *path, size_t room) {
	Dl_info where;
	void *at = dlsym(library, symbol);
	snprintf(path, room, "%s", at && dladdr(at, &where) && where.dli_fname ? where.dli_fname : "");
}

// A table of pointers to the loaded functions, and a wrapper for each that answers GPU_NO_SYMBOL where
// the library lacks it.
#define POINTER(name, symbol, params, args) int (*name) params;
#define LAUNCH_PARAMS                                                                              \
	(gpu_handle f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,   \
		unsigned shared, gpu_handle s, void **params, void **extra)
static struct {
	GPU_GLOBAL_CALLS(POINTER)
	GPU_CONTEXT_CALLS(POINTER)
	GPU_OPTIONAL_CALLS(POINTER)
	int(*cuLaunchKernel) LAUNCH_PARAMS;
} driver;

// find stores the address of a symbol; it tells whether there is one.
static int find(void *to, void *library, const char *symbol) {
	void *at = dlsym(library, symbol);
	memcpy(to, &at, sizeof at);
	return at != NULL;
}

int gpu_driver(void *library, char *message, size_t room) {
	const char *lacks = NULL;
#define FIND(name, symbol, params, args)                                                           \
	if (!find(&driver.name, library, symbol)) lacks = symbol;
#define FIND_OPTIONAL(name, symbol, params, args) find(&driver.name, library, symbol);
	GPU_GLOBAL_CALLS(FIND)
	GPU_CONTEXT_CALLS(FIND)
	GPU_OPTIONAL_CALLS(FIND_OPTIONAL)
	FIND(cuLaunchKernel, "cuLaunchKernel", , )
	if (lacks) snprintf(message, room, "it has no %s: CUDA 11.8 or newer is needed", lacks);
	return lacks == NULL;
}

// The context that gpu_enter last made current on this thread. Nothing else in the process sets one.
static __thread gpu_handle current;

int gpu_enter(gpu_handle c) {
	if (c == current) return 0;
	int status = gpu_cuCtxSetCurrent(c);
	if (!status) current = c;
	return status;
}

#define WRAP(name, symbol, params, args)                                                           \
	int gpu_##name params { return driver.name ? driver.name args : GPU_NO_SYMBOL; }
#define WRAP_IN(name, symbol, params, args)                                                        \
	int gpu_##name(gpu_handle c, GPU_LIST params) {                                                \
		int status = gpu_enter(c);                                                                 \
		if (status) return status;                                                                 \
		return driver.name ? driver.name args : GPU_NO_SYMBOL;                                     \
	}
GPU_GLOBAL_CALLS(WRAP)
GPU_CONTEXT_CALLS(WRAP_IN)
GPU_OPTIONAL_CALLS(WRAP_IN)

int gpu_launch(gpu_handle c, gpu_handle f, const unsigned d[6], unsigned shared, gpu_handle s,
	uint64_t *words, int n) {
	void *params[GPU_MAX_ARGS];
	int status = gpu_enter(c);
	if (status) return status;
	for (int i = 0; i < n; i++) params[i] = words + i;
	return driver.cuLaunchKernel(f, d[0], d[1], d[2], d[3], d[4], d[5], shared, s, params, NULL);
}
