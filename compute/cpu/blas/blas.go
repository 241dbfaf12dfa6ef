// Package blas multiplies matrices on the CPU: float32 with kernels of its own for AVX2 and AVX-512;
// the rest through OpenBLAS where the machine has it, found with dlopen at the first product, else
// through gonum's BLAS in Go.
//
// Matrices are row-major. A call runs on the calling goroutine alone, and any number of goroutines
// may call at once. The result of a call depends on its operands, the library and the processor's
// model only, never on what else runs: callers spread a product over cores by cutting it into
// [Tiles], which depend on its shape alone.
package blas

import (
	"fmt"
	"sync"
)

// Info says what does the multiplying.
type Info struct {
	Library string `json:"library"`           // "noise2sparse", "OpenBLAS" or "gonum"
	Version string `json:"version,omitempty"` // "0.3.21"
	Core    string `json:"core,omitempty"`    // kernels that are used: "AVX-512", OpenBLAS's "SkylakeX"
	Path    string `json:"path,omitempty"`    // shared library
	Threads int    `json:"threads"`           // of one call: always 1
	Float64 string `json:"float64,omitempty"` // Name of the library for float64 where it is another
}

// Name is one short line for people: "OpenBLAS 0.3.21 (SkylakeX)".
func (i Info) Name() string {
	s := i.Library
	if i.Version != "" {
		s += " " + i.Version
	}
	if i.Core != "" {
		s += " (" + i.Core + ")"
	}
	if i.Float64 != "" {
		s += "; float64 " + i.Float64
	}
	return s
}

// library is what Load found.
type library interface {
	gemm32(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int)
	gemm64(transA, transB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int)
	info() Info
}

// EnvLibrary is the environment variable that names the OpenBLAS to load and use for everything, or
// "none" for gonum.
const EnvLibrary = "NOISE2SPARSE_OPENBLAS"

// loaded is the choice of library and what to tell the user about it, made once.
var loaded = sync.OnceValue(func() choice {
	lib, err := openBLAS()
	if err != nil {
		lib = goBLAS{}
	}
	if asked() == "" {
		lib = withNative(lib)
	}
	if _, slow := lib.(goBLAS); slow {
		return choice{lib, fmt.Sprintf("matrix products run on gonum, many times slower than OpenBLAS: %v", err)}
	}
	return choice{lib, ""}
})

// choice is a library and, where it is the slow one, why.
type choice struct {
	library
	warning string
}

// Describe says which library is used. The first call loads it.
func Describe() Info { return loaded().info() }

// Name is Describe().Name().
func Name() string { return Describe().Name() }

// Warning is one line saying why float32 products are slow and how to get OpenBLAS; empty where they
// are not, or where the user asked for gonum.
func Warning() string {
	if asked() == "none" {
		return ""
	}
	return loaded().warning
}

// Gemm32 sets c = alpha · op(a) op(b) + beta · c, where op transposes if asked to: op(a) is
// (m × k), op(b) (k × n) and c (m × n). lda, ldb and ldc are the distances between the rows of a,
// b and c as stored. With beta = 0 the old c is not read. c must not overlap a or b. It panics
// where a matrix exceeds its slice.
func Gemm32(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	check(transA, transB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	if k == 0 || alpha == 0 {
		scale(m, n, beta, c, ldc)
		return
	}
	loaded().gemm32(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Gemm64 is Gemm32 in double precision.
func Gemm64(transA, transB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	check(transA, transB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	if k == 0 || alpha == 0 {
		scale(m, n, beta, c, ldc)
		return
	}
	loaded().gemm64(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// check panics where a matrix exceeds its slice, since a C library would not.
func check(transA, transB bool, m, n, k, lenA, lda, lenB, ldb, lenC, ldc int) {
	rowsA, colsA, rowsB, colsB := m, k, k, n
	if transA {
		rowsA, colsA = k, m
	}
	if transB {
		rowsB, colsB = n, k
	}
	fits := func(rows, cols, ld, n int) bool {
		return rows >= 0 && cols >= 0 && max(rows, cols, ld) < 1<<31 && (rows == 0 || cols == 0 || ld >= cols && (rows-1)*ld+cols <= n)
	}
	if !fits(rowsA, colsA, lda, lenA) || !fits(rowsB, colsB, ldb, lenB) || !fits(m, n, ldc, lenC) {
		panic(fmt.Sprintf("blas: product m=%d n=%d k=%d: a (%d × %d, distance %d) of %d, b (%d × %d, distance %d) of %d or c (distance %d) of %d elements is too short",
			m, n, k, rowsA, colsA, lda, lenA, rowsB, colsB, ldb, lenB, ldc, lenC))
	}
}

// scale sets c = beta · c, the product without a and b.
func scale[T float32 | float64](m, n int, beta T, c []T, ldc int) {
	for i := range m {
		row := c[i*ldc:][:n]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}
