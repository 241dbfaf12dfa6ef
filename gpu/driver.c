//go:build cgo && linux

#define _GNU_SOURCE // dladdr
#include "driver.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

void *n2s_open(const char *path, char *message, size_t room) {
	void *h = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!h) snprintf(message, room, "%s", dlerror());
	return h;
}

void n2s_path(void *library, const char *symbol, char *path, size_t room) {
	Dl_info where;
	void *at = dlsym(library, symbol);
	snprintf(path, room, "%s", at && dladdr(at, &where) && where.dli_fname ? where.dli_fname : "");
}

// A table of pointers to the loaded functions, and a wrapper for each that answers N2S_NO_SYMBOL where
// the library lacks it.
#define POINTER(name, symbol, params, args) int (*name) params;
#define LAUNCH_PARAMS                                                                              \
	(n2s_handle f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,   \
		unsigned shared, n2s_handle s, void **params, void **extra)
static struct {
	N2S_GLOBAL_CALLS(POINTER)
	N2S_CONTEXT_CALLS(POINTER)
	N2S_OPTIONAL_CALLS(POINTER)
	int(*cuLaunchKernel) LAUNCH_PARAMS;
} driver;

// find stores the address of a symbol; it tells whether there is one.
static int find(void *to, void *library, const char *symbol) {
	void *at = dlsym(library, symbol);
	memcpy(to, &at, sizeof at);
	return at != NULL;
}

int n2s_driver(void *library, char *message, size_t room) {
	const char *lacks = NULL;
#define FIND(name, symbol, params, args)                                                           \
	if (!find(&driver.name, library, symbol)) lacks = symbol;
#define FIND_OPTIONAL(name, symbol, params, args) find(&driver.name, library, symbol);
	N2S_GLOBAL_CALLS(FIND)
	N2S_CONTEXT_CALLS(FIND)
	N2S_OPTIONAL_CALLS(FIND_OPTIONAL)
	FIND(cuLaunchKernel, "cuLaunchKernel", , )
	if (lacks) snprintf(message, room, "it has no %s: CUDA 11.8 or newer is needed", lacks);
	return lacks == NULL;
}

// The context that n2s_enter last made current on this thread. Nothing else in the process sets one.
static __thread n2s_handle current;

int n2s_enter(n2s_handle c) {
	if (c == current) return 0;
	int status = n2s_cuCtxSetCurrent(c);
	if (!status) current = c;
	return status;
}

#define WRAP(name, symbol, params, args)                                                           \
	int n2s_##name params { return driver.name ? driver.name args : N2S_NO_SYMBOL; }
#define WRAP_IN(name, symbol, params, args)                                                        \
	int n2s_##name(n2s_handle c, N2S_LIST params) {                                                \
		int status = n2s_enter(c);                                                                 \
		if (status) return status;                                                                 \
		return driver.name ? driver.name args : N2S_NO_SYMBOL;                                     \
	}
N2S_GLOBAL_CALLS(WRAP)
N2S_CONTEXT_CALLS(WRAP_IN)
N2S_OPTIONAL_CALLS(WRAP_IN)

int n2s_launch(n2s_handle c, n2s_handle f, const unsigned d[6], unsigned shared, n2s_handle s,
	uint64_t *words, int n) {
	void *params[N2S_MAX_ARGS];
	int status = n2s_enter(c);
	if (status) return status;
	for (int i = 0; i < n; i++) params[i] = words + i;
	return driver.cuLaunchKernel(f, d[0], d[1], d[2], d[3], d[4], d[5], shared, s, params, NULL);
}
