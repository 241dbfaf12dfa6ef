//go:build cgo && amd64

package simd

/*
#cgo CFLAGS: -O3 -g0 -std=c11 -Wall -Wextra
#include "dispatch.h"
*/
import "C"

import (
	"unsafe"

	"noise2sparse/compute/cpu/kernel"
)

// detect asks the processor, and trusts the compiler only after a test: flags that the user gives
// to cgo could allow it to fuse products and sums, which would change results.
func detect() Level {
	for l := hardware(); l > None; l-- {
		if !fuses(l) {
			return l
		}
	}
	return None
}

// hardware is what the processor and the operating system allow.
func hardware() Level { return Level(C.n2s_level()) }

// fuses says whether a·x + y is rounded once: with a = x = 1 + 2⁻¹², the product rounds to
// 1 + 2⁻¹¹, and what the rounding cut off shows only in a fused sum.
func fuses(l Level) bool {
	x, y := make([]float32, 16), make([]float32, 16)
	for i := range x {
		x[i], y[i] = 1+0x1p-12, -1-0x1p-11
	}
	C.n2s_axpy(C.int(l), ptr(y), 1+0x1p-12, ptr(x), 16)
	return y[0] != 0
}

// native returns the instruction set to call C for, and whether to call C at all. Ranges of a few
// elements are left to Go: a call to C costs about 40 ns.
func native(n int) (C.int, bool) {
	l := Active()
	return C.int(l), l != None && n >= 64
}

// ptr is a slice's address for C; nil for an empty one.
func ptr(x []float32) *C.float { return (*C.float)(unsafe.SliceData(x)) }

// ptr64 is ptr for float64.
func ptr64(x []float64) *C.double { return (*C.double)(unsafe.SliceData(x)) }

// size is a length for C.
func size(n int) C.int64_t { return C.int64_t(n) }

// fits panics unless a window of rows × cols with distance ld lies within n elements, since C
// would write beyond.
func fits(n, ld, rows, cols int) {
	if rows > 0 && (ld < cols || n < (rows-1)*ld+cols) {
		panic("simd: a matrix window exceeds its slice")
	}
}

// checkRows panics where an index does not name one of the rows of a source of n elements.
func checkRows(index []int32, n, cols int) {
	if cols > 0 && kernel.CheckIndex(index, n/cols) >= 0 {
		panic("simd: gather of a row that does not exist")
	}
}
