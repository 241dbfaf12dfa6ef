package blas

import "golang.org/x/sys/cpu"

// amdZen4 is the family of Zen 3 and Zen 4 processors as CPUID gives it.
const amdZen4 = 0x19

// coreType names the OpenBLAS kernels for this processor by its features, or is empty where
// OpenBLAS can be left to choose. OpenBLAS goes by the processor's family and model instead, and
// takes virtual processors that it doesn't know for a Prescott of 2004, at a quarter of the speed.
//
// Zen 4 has AVX-512 but executes it in halves, so the kernels for 256 bits are as fast or faster:
// measured on one core, GFLOP/s of Sgemm for the products of a 256-1000-256 network, best of many,
// 99 with SKYLAKEX and COOPERLAKE, 105 to 110 with HASWELL and ZEN (OpenBLAS 0.3.21).
//
// amdFamily is 0 on other makers' processors.
func coreType(amdFamily int) string {
	x := &cpu.X86 // all false on other architectures
	avx512 := x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL && x.HasAVX512CD
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return ""
	case amdFamily != 0 && (amdFamily <= amdZen4 || !avx512):
		return "ZEN"
	case avx512:
		return "SKYLAKEX"
	}
	return "HASWELL"
}
