// Package gpu is a thin binding of NVIDIA's driver API, cuBLAS, cuBLASLt, cuDNN and NVML. All are found with
// dlopen when they are first asked for, so one binary serves machines with and without CUDA, and
// needs neither headers nor libraries to be built. It knows nothing of neural networks.
//
// Libraries of CUDA 11.8 to 13 will do. Without cgo, and off Linux, there is only Load, which says
// that this build has no CUDA.
//
// Every call makes its context current on the thread that it happens to run on, so goroutines may
// wander between threads. Calls on one Stream are made by one goroutine at a time.
package gpu

import "errors"

// EnvLibraries names the folder in which the CUDA libraries are looked for first; "none": nowhere.
const EnvLibraries = "NOISE2SPARSE_CUDA"

// ErrNone means that this machine, or this build, has no usable CUDA.
var ErrNone = errors.New("no CUDA")
