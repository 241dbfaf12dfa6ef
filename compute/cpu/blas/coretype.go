package blas

import (
	"runtime"

	"golang.org/x/sys/cpu"
)

// coreType names the OpenBLAS kernels for this processor by its features, or is empty where
// OpenBLAS can be left to choose. OpenBLAS goes by the processor's family and model instead, and
// takes virtual processors that it doesn't know for a Prescott of 2004.
func coreType() string {
	x := &cpu.X86
	switch {
	case runtime.GOARCH != "amd64":
		return ""
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL && x.HasAVX512CD:
		return "SKYLAKEX"
	case x.HasAVX2 && x.HasFMA:
		return "HASWELL"
	}
	return ""
}
