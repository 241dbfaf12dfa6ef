// The CUDA driver API as far as it is used, declared here so that no CUDA header is needed. Handles
// are pointers, device addresses 64-bit integers. Symbols with a suffix (_v2) are what cuda.h makes of
// the plain name.
#ifndef GPU_DRIVER_H
#define GPU_DRIVER_H

#include <stddef.h>
#include <stdint.h>

typedef unsigned long long gpu_ptr; // an address in device memory; no other parameter has this type
typedef void *gpu_handle; // CUcontext, CUstream, CUevent, CUmodule, CUfunction, CUgraph, CUgraphExec

enum {
	GPU_NO_SYMBOL = 1 << 20, // the status of a call that the loaded library lacks
	GPU_NO_CONTEXT,          // the context could not be made current
	GPU_MAX_ARGS = 48,       // arguments of a kernel
};

// Numbers of enumerations: X(ours, value, the driver's own name).
#define GPU_DRIVER_NUMBERS(X)                                                                      \
	X(GPU_OUT_OF_MEMORY, 2, CUDA_ERROR_OUT_OF_MEMORY)                                              \
	X(GPU_NOT_READY, 600, CUDA_ERROR_NOT_READY)                                                    \
	X(GPU_NOT_FOUND, 500, CUDA_ERROR_NOT_FOUND)                                                    \
	X(GPU_SMS, 16, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)                                       \
	X(GPU_MAJOR, 75, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)                                 \
	X(GPU_MINOR, 76, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)                                 \
	X(GPU_MAX_SHARED, 97, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)                   \
	X(GPU_DYNAMIC_SHARED, 8, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES)                      \
	X(GPU_BLOCKING_SYNC, 4, CU_CTX_SCHED_BLOCKING_SYNC)                                            \
	X(GPU_NON_BLOCKING, 1, CU_STREAM_NON_BLOCKING)                                                 \
	X(GPU_RELAXED, 2, CU_STREAM_CAPTURE_MODE_RELAXED)                                              \
	X(GPU_READ_ONLY_HOST, 113, CU_DEVICE_ATTRIBUTE_READ_ONLY_HOST_REGISTER_SUPPORTED)              \
	X(GPU_PORTABLE, 1, CU_MEMHOSTALLOC_PORTABLE) /* for every context */                           \
	X(GPU_MAPPED, 2, CU_MEMHOSTALLOC_DEVICEMAP) /* kernels can read it */                          \
	X(GPU_REGISTER_PORTABLE, 1, CU_MEMHOSTREGISTER_PORTABLE)                                       \
	X(GPU_REGISTER_MAPPED, 2, CU_MEMHOSTREGISTER_DEVICEMAP)                                        \
	X(GPU_REGISTER_READ_ONLY, 8, CU_MEMHOSTREGISTER_READ_ONLY)

#define GPU_NUMBER(ours, value, theirs) ours = value,
enum { GPU_DRIVER_NUMBERS(GPU_NUMBER) };

// Calls that need no context: X(name, symbol, (parameters), (arguments)).
#define GPU_GLOBAL_CALLS(X)                                                                        \
	X(cuInit, cuInit, (unsigned flags), (flags))                                                   \
	X(cuDriverGetVersion, cuDriverGetVersion, (int *v), (v))                                       \
	X(cuGetErrorName, cuGetErrorName, (int code, const char **s), (code, s))                       \
	X(cuGetErrorString, cuGetErrorString, (int code, const char **s), (code, s))                   \
	X(cuDeviceGetCount, cuDeviceGetCount, (int *n), (n))                                           \
	X(cuDeviceGet, cuDeviceGet, (int *dev, int i), (dev, i))                                       \
	X(cuDeviceGetName, cuDeviceGetName, (char *s, int room, int dev), (s, room, dev))              \
	X(cuDeviceTotalMem, cuDeviceTotalMem_v2, (size_t *n, int dev), (n, dev))                       \
	X(cuDeviceGetAttribute, cuDeviceGetAttribute, (int *v, int which, int dev), (v, which, dev))   \
	X(cuDeviceGetPCIBusId, cuDeviceGetPCIBusId, (char *s, int room, int dev), (s, room, dev))      \
	X(cuDeviceGetUuid, cuDeviceGetUuid_v2, (void *uuid, int dev), (uuid, dev))            \
	X(cuDevicePrimaryCtxRetain, cuDevicePrimaryCtxRetain, (gpu_handle *c, int dev), (c, dev))      \
	X(cuDevicePrimaryCtxRelease, cuDevicePrimaryCtxRelease_v2, (int dev), (dev))                   \
	X(cuDevicePrimaryCtxSetFlags, cuDevicePrimaryCtxSetFlags_v2, (int dev, unsigned flags),        \
		(dev, flags))                                                                              \
	X(cuCtxSetCurrent, cuCtxSetCurrent, (gpu_handle c), (c))

// Calls that need one; their wrappers take it first.
#define GPU_CONTEXT_CALLS(X)                                                                       \
	X(cuMemGetInfo, cuMemGetInfo_v2, (size_t *avail, size_t *total), (avail, total))               \
	X(cuMemAlloc, cuMemAlloc_v2, (gpu_ptr *p, size_t n), (p, n))                                   \
	X(cuMemFree, cuMemFree_v2, (gpu_ptr p), (p))                                                   \
	X(cuMemAllocAsync, cuMemAllocAsync, (gpu_ptr *p, size_t n, gpu_handle s), (p, n, s))           \
	X(cuMemFreeAsync, cuMemFreeAsync, (gpu_ptr p, gpu_handle s), (p, s))                           \
	X(cuMemHostAlloc, cuMemHostAlloc, (void **p, size_t n, unsigned flags), (p, n, flags))         \
	X(cuMemHostRegister, cuMemHostRegister_v2, (void *p, size_t n, unsigned flags), (p, n, flags)) \
	X(cuMemHostUnregister, cuMemHostUnregister, (void *p), (p))                                    \
	X(cuMemHostGetDevicePointer, cuMemHostGetDevicePointer_v2,                                     \
		(gpu_ptr *d, void *p, unsigned flags), (d, p, flags))                                      \
	X(cuMemFreeHost, cuMemFreeHost, (void *p), (p))                                                \
	X(cuMemcpyHtoDAsync, cuMemcpyHtoDAsync_v2,                                                     \
		(gpu_ptr d, const void *h, size_t n, gpu_handle s), (d, h, n, s))                          \
	X(cuMemcpyDtoHAsync, cuMemcpyDtoHAsync_v2,                                                     \
		(void *h, gpu_ptr d, size_t n, gpu_handle s), (h, d, n, s))                                \
	X(cuMemcpyDtoDAsync, cuMemcpyDtoDAsync_v2,                                                     \
		(gpu_ptr d, gpu_ptr from, size_t n, gpu_handle s), (d, from, n, s))                        \
	X(cuMemsetD8Async, cuMemsetD8Async,                                                            \
		(gpu_ptr d, unsigned char v, size_t n, gpu_handle s), (d, v, n, s))                        \
	X(cuStreamCreate, cuStreamCreate, (gpu_handle *s, unsigned flags), (s, flags))                 \
	X(cuStreamDestroy, cuStreamDestroy_v2, (gpu_handle s), (s))                                    \
	X(cuStreamSynchronize, cuStreamSynchronize, (gpu_handle s), (s))                               \
	X(cuStreamQuery, cuStreamQuery, (gpu_handle s), (s))                                           \
	X(cuStreamWaitEvent, cuStreamWaitEvent, (gpu_handle s, gpu_handle e, unsigned flags),          \
		(s, e, flags))                                                                             \
	X(cuStreamBeginCapture, cuStreamBeginCapture_v2, (gpu_handle s, int mode), (s, mode))          \
	X(cuStreamEndCapture, cuStreamEndCapture, (gpu_handle s, gpu_handle *g), (s, g))               \
	X(cuEventCreate, cuEventCreate, (gpu_handle *e, unsigned flags), (e, flags))                   \
	X(cuEventDestroy, cuEventDestroy_v2, (gpu_handle e), (e))                                      \
	X(cuEventRecord, cuEventRecord, (gpu_handle e, gpu_handle s), (e, s))                          \
	X(cuEventSynchronize, cuEventSynchronize, (gpu_handle e), (e))                                 \
	X(cuEventElapsedTime, cuEventElapsedTime, (float *ms, gpu_handle a, gpu_handle b), (ms, a, b)) \
	X(cuModuleLoadData, cuModuleLoadData, (gpu_handle *m, const void *image), (m, image))          \
	X(cuModuleUnload, cuModuleUnload, (gpu_handle m), (m))                                         \
	X(cuModuleGetFunction, cuModuleGetFunction, (gpu_handle *f, gpu_handle m, const char *name),   \
		(f, m, name))                                                                              \
	X(cuFuncSetAttribute, cuFuncSetAttribute, (gpu_handle f, int which, int v), (f, which, v))     \
	X(cuGraphInstantiate, cuGraphInstantiateWithFlags,                                             \
		(gpu_handle *e, gpu_handle g, unsigned long long flags), (e, g, flags))                    \
	X(cuGraphGetNodes, cuGraphGetNodes, (gpu_handle g, gpu_handle *nodes, size_t *n), (g, nodes, n)) \
	X(cuGraphLaunch, cuGraphLaunch, (gpu_handle e, gpu_handle s), (e, s))                          \
	X(cuGraphExecDestroy, cuGraphExecDestroy, (gpu_handle e), (e))                                 \
	X(cuGraphDestroy, cuGraphDestroy, (gpu_handle g), (g))

// Calls that older drivers lack: cuFuncGetParamInfo came with CUDA 12.4.
#define GPU_OPTIONAL_CALLS(X)                                                                      \
	X(cuFuncGetParamInfo, cuFuncGetParamInfo, (gpu_handle f, size_t i, size_t *off, size_t *n),    \
		(f, i, off, n))

#define GPU_LAUNCH_PARAMS                                                                          \
	(gpu_handle f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,   \
		unsigned shared, gpu_handle s, void **params, void **extra)

#define GPU_LIST(...) __VA_ARGS__
#define GPU_DECLARE(name, symbol, params, args) int gpu_##name params;
#define GPU_DECLARE_IN(name, symbol, params, args) int gpu_##name(gpu_handle c, GPU_LIST params);
GPU_GLOBAL_CALLS(GPU_DECLARE)
GPU_CONTEXT_CALLS(GPU_DECLARE_IN)
GPU_OPTIONAL_CALLS(GPU_DECLARE_IN)

// gpu_open is dlopen, keeping its message.
void *gpu_open(const char *path, char *message, size_t room);

// gpu_close is dlclose.
void gpu_close(void *library);

// gpu_path writes the file that a library was loaded from.
void gpu_path(void *library, const char *symbol, char *path, size_t room);

// gpu_driver takes the calls out of a library; what a needed one lacks is in message, and 0 the answer.
int gpu_driver(void *library, char *message, size_t room);

// gpu_enter makes a context current on this thread.
int gpu_enter(gpu_handle c);

// gpu_leave gives a device's primary context back.
int gpu_leave(int device);

// gpu_wait waits for a stream: it looks for 50 microseconds, within which a short step or reading ends, and then
// sleeps, which leaves the core to others and takes about as long to wake from.
int gpu_wait(gpu_handle c, gpu_handle s);

// gpu_upload and gpu_download copy between host and device, in the order of a stream, and wait for it.
// The driver may copy to and from pageable memory after its call has returned. A download waits before it copies,
// since the driver's own wait for pageable memory keeps a core busy.
int gpu_upload(gpu_handle c, gpu_ptr d, const void *h, size_t n, gpu_handle s);
int gpu_download(gpu_handle c, void *h, gpu_ptr d, size_t n, gpu_handle s);

// gpu_launch is cuLaunchKernel with one 8-byte word for each of n arguments.
int gpu_launch(gpu_handle c, gpu_handle f, const unsigned dims[6], unsigned shared, gpu_handle s,
	uint64_t *words, int n);

#endif
