// Package cuda is the backend for NVIDIA's GPUs: every operation as a launch of kernels/ or a call of
// cuBLAS, or of cuBLASLt and cuDNN where compute.Options asks for them. Open it as "cuda:0".
//
// Each backend has a stream, memory and a cuBLAS handle of its own, so several runs share a device
// side by side; what they share is the device's context and the loaded kernels.
package cuda

import "noise2sparse/compute"

func init() {
	compute.Register("cuda", open)
	compute.RegisterAccelerators("cuda", accelerators)
	compute.RegisterHold("cuda", hold)
}
