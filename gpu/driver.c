//go:build cgo && linux

#define _GNU_SOURCE // dladdr
#include "driver.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void *gpu_open(const char *path, char *message, size_t room) {
	void *h = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!h) snprintf(message, room, "%s", dlerror());
	return h;
}

void gpu_close(void *library) { dlclose(library); }

void gpu_path(void *library, const char *symbol, char *path, size_t room) {
	Dl_info where;
	void *at = dlsym(library, symbol);
	snprintf(path, room, "%s", at && dladdr(at, &where) && where.dli_fname ? where.dli_fname : "");
}

// A table of pointers to the loaded functions, and a wrapper for each that answers GPU_NO_SYMBOL where
// the library lacks it.
#define POINTER(name, symbol, params, args) int (*name) params;
static struct {
	GPU_GLOBAL_CALLS(POINTER)
	GPU_CONTEXT_CALLS(POINTER)
	GPU_OPTIONAL_CALLS(POINTER)
	int (*cuLaunchKernel) GPU_LAUNCH_PARAMS;
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
	if (!find(&driver.name, library, #symbol)) lacks = #symbol;
#define FIND_OPTIONAL(name, symbol, params, args) find(&driver.name, library, #symbol);
	GPU_GLOBAL_CALLS(FIND)
	GPU_CONTEXT_CALLS(FIND)
	GPU_OPTIONAL_CALLS(FIND_OPTIONAL)
	FIND(cuLaunchKernel, cuLaunchKernel, , )
	if (lacks) snprintf(message, room, "it has no %s: CUDA 11.8 or newer is needed", lacks);
	return lacks == NULL;
}

// The context that gpu_enter last made current on this thread, and how often one had been left by then.
// Nothing else in the process sets one. A device's primary context may come back at the same address
// after its last user has left it: threads that remember the old one make it current anew.
static atomic_uint left;
static __thread gpu_handle current;
static __thread unsigned seen;

int gpu_enter(gpu_handle c) {
	unsigned now = atomic_load(&left);
	if (c == current && seen == now) return 0;
	int status = gpu_cuCtxSetCurrent(c);
	if (!status) current = c, seen = now;
	return status;
}

int gpu_leave(int device) {
	int status = gpu_cuDevicePrimaryCtxRelease(device);
	atomic_fetch_add(&left, 1);
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

int gpu_upload(gpu_handle c, gpu_ptr d, const void *h, size_t n, gpu_handle s) {
	int status = gpu_cuMemcpyHtoDAsync(c, d, h, n, s);
	return status ? status : gpu_wait(c, s);
}

int gpu_download(gpu_handle c, void *h, gpu_ptr d, size_t n, gpu_handle s) {
	int status = gpu_wait(c, s);
	if (!status) status = gpu_cuMemcpyDtoHAsync(c, h, d, n, s);
	return status ? status : gpu_cuStreamSynchronize(c, s);
}

static double microseconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

int gpu_wait(gpu_handle c, gpu_handle s) {
	const double patience = 50;
	for (double began = microseconds(); gpu_cuStreamQuery(c, s) == GPU_NOT_READY;) {
		if (microseconds() - began > patience) break;
	}
	return gpu_cuStreamSynchronize(c, s); // its status is the one that counts
}
