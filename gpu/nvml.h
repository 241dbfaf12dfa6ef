// NVML as far as it is used: X(name, symbol, (parameters), (arguments)).
#ifndef GPU_NVML_H
#define GPU_NVML_H

#include "driver.h"

typedef struct {
	unsigned long long total, available, used;
} gpu_nvml_memory;
typedef struct {
	unsigned gpu, memory;
} gpu_nvml_use;

#define GPU_NVML_CALLS(X)                                                                          \
	X(nvmlInit, nvmlInit_v2, (void), ())                                                           \
	X(nvmlSystemGetDriverVersion, nvmlSystemGetDriverVersion, (char *s, unsigned room), (s, room)) \
	X(nvmlDeviceGetHandleByPciBusId, nvmlDeviceGetHandleByPciBusId_v2,                             \
		(const char *pci, gpu_handle *dev), (pci, dev))                                            \
	X(nvmlDeviceGetMemoryInfo, nvmlDeviceGetMemoryInfo, (gpu_handle dev, gpu_nvml_memory *m), (dev, m)) \
	X(nvmlDeviceGetUtilizationRates, nvmlDeviceGetUtilizationRates,                                \
		(gpu_handle dev, gpu_nvml_use *u), (dev, u))

#define GPU_NVML_DECLARE(name, symbol, params, args) int gpu_##name params;
GPU_NVML_CALLS(GPU_NVML_DECLARE)

// gpu_nvml takes the calls out of a library; 0: it lacks one.
int gpu_nvml(void *library);

#endif
