// The CUDA driver API as far as it is used, declared here so that no CUDA header is needed. Handles
// are pointers, device addresses 64-bit integers. Symbols with a suffix (_v2) are what cuda.h makes of
// the plain name.
#ifndef N2S_DRIVER_H
#define N2S_DRIVER_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t n2s_ptr;
typedef void *n2s_handle; // CUcontext, CUstream, CUevent, CUmodule, CUfunction, CUgraph, CUgraphExec

enum {
	N2S_NO_SYMBOL = 1 << 20, // the status of a call that the loaded library lacks
	N2S_NO_CONTEXT,          // the context could not be made current
	N2S_MAX_ARGS = 48,       // arguments of a kernel
};

// Calls that need no context: X(name, symbol, (parameters), (arguments)).
#define N2S_GLOBAL_CALLS(X)                                                                        \
	X(cuInit, "cuInit", (unsigned flags), (flags))                                                 \
	X(cuDriverGetVersion, "cuDriverGetVersion", (int *v), (v))                                     \
	X(cuGetErrorName, "cuGetErrorName", (int code, const char **s), (code, s))                     \
	X(cuGetErrorString, "cuGetErrorString", (int code, const char **s), (code, s))                 \
	X(cuDeviceGetCount, "cuDeviceGetCount", (int *n), (n))                                         \
	X(cuDeviceGet, "cuDeviceGet", (int *dev, int i), (dev, i))                                     \
	X(cuDeviceGetName, "cuDeviceGetName", (char *s, int room, int dev), (s, room, dev))            \
	X(cuDeviceTotalMem, "cuDeviceTotalMem_v2", (size_t *n, int dev), (n, dev))                     \
	X(cuDeviceGetAttribute, "cuDeviceGetAttribute", (int *v, int which, int dev), (v, which, dev)) \
	X(cuDeviceGetPCIBusId, "cuDeviceGetPCIBusId", (char *s, int room, int dev), (s, room, dev))    \
	X(cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain", (n2s_handle *c, int dev), (c, dev))    \
	X(cuDevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2", (int dev), (dev))                 \
	X(cuCtxSetCurrent, "cuCtxSetCurrent", (n2s_handle c), (c))

// Calls that need one; their wrappers take it first.
#define N2S_CONTEXT_CALLS(X)                                                                       \
	X(cuMemGetInfo, "cuMemGetInfo_v2", (size_t *avail, size_t *total), (avail, total))             \
	X(cuMemAlloc, "cuMemAlloc_v2", (n2s_ptr *p, size_t n), (p, n))                                 \
	X(cuMemFree, "cuMemFree_v2", (n2s_ptr p), (p))                                                 \
	X(cuMemAllocAsync, "cuMemAllocAsync", (n2s_ptr *p, size_t n, n2s_handle s), (p, n, s))         \
	X(cuMemFreeAsync, "cuMemFreeAsync", (n2s_ptr p, n2s_handle s), (p, s))                         \
	X(cuMemHostAlloc, "cuMemHostAlloc", (void **p, size_t n, unsigned flags), (p, n, flags))       \
	X(cuMemFreeHost, "cuMemFreeHost", (void *p), (p))                                              \
	X(cuMemcpyHtoDAsync, "cuMemcpyHtoDAsync_v2",                                                   \
		(n2s_ptr d, const void *h, size_t n, n2s_handle s), (d, h, n, s))                          \
	X(cuMemcpyDtoHAsync, "cuMemcpyDtoHAsync_v2",                                                   \
		(void *h, n2s_ptr d, size_t n, n2s_handle s), (h, d, n, s))                                \
	X(cuMemcpyDtoDAsync, "cuMemcpyDtoDAsync_v2",                                                   \
		(n2s_ptr d, n2s_ptr from, size_t n, n2s_handle s), (d, from, n, s))                        \
	X(cuMemsetD8Async, "cuMemsetD8Async",                                                          \
		(n2s_ptr d, unsigned char v, size_t n, n2s_handle s), (d, v, n, s))                        \
	X(cuStreamCreate, "cuStreamCreate", (n2s_handle *s, unsigned flags), (s, flags))               \
	X(cuStreamDestroy, "cuStreamDestroy_v2", (n2s_handle s), (s))                                  \
	X(cuStreamSynchronize, "cuStreamSynchronize", (n2s_handle s), (s))                             \
	X(cuStreamWaitEvent, "cuStreamWaitEvent", (n2s_handle s, n2s_handle e, unsigned flags),        \
		(s, e, flags))                                                                             \
	X(cuStreamBeginCapture, "cuStreamBeginCapture_v2", (n2s_handle s, int mode), (s, mode))        \
	X(cuStreamEndCapture, "cuStreamEndCapture", (n2s_handle s, n2s_handle *g), (s, g))             \
	X(cuEventCreate, "cuEventCreate", (n2s_handle *e, unsigned flags), (e, flags))                 \
	X(cuEventDestroy, "cuEventDestroy_v2", (n2s_handle e), (e))                                    \
	X(cuEventRecord, "cuEventRecord", (n2s_handle e, n2s_handle s), (e, s))                        \
	X(cuEventSynchronize, "cuEventSynchronize", (n2s_handle e), (e))                               \
	X(cuEventElapsedTime, "cuEventElapsedTime", (float *ms, n2s_handle a, n2s_handle b), (ms, a, b)) \
	X(cuModuleLoadData, "cuModuleLoadData", (n2s_handle *m, const void *image), (m, image))        \
	X(cuModuleUnload, "cuModuleUnload", (n2s_handle m), (m))                                       \
	X(cuModuleGetFunction, "cuModuleGetFunction", (n2s_handle *f, n2s_handle m, const char *name), \
		(f, m, name))                                                                              \
	X(cuFuncSetAttribute, "cuFuncSetAttribute", (n2s_handle f, int which, int v), (f, which, v))   \
	X(cuGraphInstantiate, "cuGraphInstantiateWithFlags",                                           \
		(n2s_handle *e, n2s_handle g, unsigned long long flags), (e, g, flags))                    \
	X(cuGraphGetNodes, "cuGraphGetNodes", (n2s_handle g, n2s_handle *nodes, size_t *n), (g, nodes, n)) \
	X(cuGraphLaunch, "cuGraphLaunch", (n2s_handle e, n2s_handle s), (e, s))                        \
	X(cuGraphExecDestroy, "cuGraphExecDestroy", (n2s_handle e), (e))                               \
	X(cuGraphDestroy, "cuGraphDestroy", (n2s_handle g), (g))

// Calls that older drivers lack: cuFuncGetParamInfo came with CUDA 12.4.
#define N2S_OPTIONAL_CALLS(X)                                                                      \
	X(cuFuncGetParamInfo, "cuFuncGetParamInfo", (n2s_handle f, size_t i, size_t *off, size_t *n),  \
		(f, i, off, n))

#define N2S_LIST(...) __VA_ARGS__
#define N2S_DECLARE(name, symbol, params, args) int n2s_##name params;
#define N2S_DECLARE_IN(name, symbol, params, args) int n2s_##name(n2s_handle c, N2S_LIST params);
N2S_GLOBAL_CALLS(N2S_DECLARE)
N2S_CONTEXT_CALLS(N2S_DECLARE_IN)
N2S_OPTIONAL_CALLS(N2S_DECLARE_IN)

// n2s_open is dlopen, keeping its message.
void *n2s_open(const char *path, char *message, size_t room);

// n2s_path writes the file that a library was loaded from.
void n2s_path(void *library, const char *symbol, char *path, size_t room);

// n2s_driver takes the calls out of a library; what a needed one lacks is in message, and 0 the answer.
int n2s_driver(void *library, char *message, size_t room);

// n2s_enter makes a context current on this thread.
int n2s_enter(n2s_handle c);

// n2s_launch is cuLaunchKernel with one 8-byte word for each of n arguments.
int n2s_launch(n2s_handle c, n2s_handle f, const unsigned dims[6], unsigned shared, n2s_handle s,
	uint64_t *words, int n);

#endif
