//go:build cgo && amd64

package blas

/*
#cgo CFLAGS: -O3 -g0 -std=c11 -Wall -Wextra
#cgo noescape n2s_gemm_avx2
#cgo nocallback n2s_gemm_avx2
#cgo noescape n2s_gemm_avx512
#cgo nocallback n2s_gemm_avx512
#include "gemm.h"
*/
import "C"

import "unsafe"

// native multiplies float32 matrices with the kernels of gemm.inc.h, and leaves float64 to another
// library. Its results do not depend on the instruction set.
type native struct {
	library
	avx512 bool
}

// withNative puts the kernels of this package before lib where the processor has the instructions.
func withNative(lib library) library {
	level := C.n2s_gemm_level()
	if level == 0 {
		return lib
	}
	n := native{lib, level == 2}
	if verify(n) != nil {
		return lib
	}
	return n
}

func (l native) info() Info {
	i := Info{Library: "noise2sparse", Core: "AVX2", Threads: 1, Float64: l.library.info().Name()}
	if l.avx512 {
		i.Core = "AVX-512"
	}
	return i
}

func (l native) gemm32(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	g := C.n2s_gemm{
		trans_a: flagC(transA), trans_b: flagC(transB), m: C.int64_t(m), n: C.int64_t(n), k: C.int64_t(k),
		alpha: C.float(alpha), beta: C.float(beta), lda: C.int64_t(lda), ldb: C.int64_t(ldb), ldc: C.int64_t(ldc),
	}
	pa, pb, pc := (*C.float)(unsafe.SliceData(a)), (*C.float)(unsafe.SliceData(b)), (*C.float)(unsafe.SliceData(c))
	var done C.int
	if l.avx512 {
		done = C.n2s_gemm_avx512(&g, pa, pb, pc)
	} else {
		done = C.n2s_gemm_avx2(&g, pa, pb, pc)
	}
	if done == 0 {
		panic("blas: no memory for a megabyte of packed operands")
	}
}

func flagC(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
