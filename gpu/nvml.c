//go:build cgo && linux

#include "nvml.h"

#include <dlfcn.h>
#include <string.h>

#define POINTER(name, symbol, params, args) int(*name) params;
static struct {
	GPU_NVML_CALLS(POINTER)
} nvml;

int gpu_nvml(void *library) {
	void *at;
#define FIND(name, symbol, params, args)                                                           \
	at = dlsym(library, #symbol);                                                                  \
	if (!at) return 0;                                                                             \
	memcpy(&nvml.name, &at, sizeof at);
	GPU_NVML_CALLS(FIND)
	return 1;
}

#define WRAP(name, symbol, params, args)                                                           \
	int gpu_##name params { return nvml.name args; }
GPU_NVML_CALLS(WRAP)
