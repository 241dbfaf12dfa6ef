//go:build cgo && amd64

package blas

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// natives are this package's own kernels, for each instruction set that the processor has.
func natives() []library {
	n, ok := withNative(goBLAS{}).(native)
	switch {
	case !ok:
		return nil
	case !n.avx512:
		return []library{n}
	}
	return []library{native{goBLAS{}, false}, n}
}

// A product has the same bits whatever the instruction set, and wherever it is cut into tiles.
func TestNativeBits(t *testing.T) {
	libs := natives()
	if len(libs) == 0 {
		t.Skip("this processor has no AVX2 and FMA")
	}
	r := rand.New(rand.NewPCG(3, 4))
	for _, s := range [][3]int{{50, 90, 300}, {7, 33, 1}, {129, 65, 513}} {
		for flags := range 4 {
			m, n, k, ta, tb := s[0], s[1], s[2], flags&1 != 0, flags&2 != 0
			a, b, c, lda, ldb, ldc := operands(r, ta, tb, m, n, k, 0.5)
			a32, b32 := narrow(a), narrow(b)
			var whole []float32
			for _, lib := range libs {
				for _, side := range []int{1000, 40, 16} {
					got := narrow(c)
					for i := 0; i < m; i += side {
						for j := 0; j < n; j += side {
							lib.gemm32(ta, tb, min(side, m-i), min(side, n-j), k, 0.7, a32[origin(ta, i, 0, lda):], lda,
								b32[origin(tb, 0, j, ldb):], ldb, 0.5, got[i*ldc+j:], ldc)
						}
					}
					if whole == nil {
						whole = got
					} else if !slices.Equal(whole, got) {
						t.Errorf("%v, flags %d: %s in tiles of %d differs", s, flags, lib.info().Core, side)
					}
				}
			}
		}
	}
}

// Products of more than one cache block in each direction, with edges.
func TestNativeBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, lib := range natives() {
		for _, s := range [][3]int{{9, 530, 40}, {530, 33, 18}, {13, 35, 300}} {
			for flags := range 4 {
				compare(t, r, lib, flags&1 != 0, flags&2 != 0, s[0], s[1], s[2], 1.5, -0.5)
			}
		}
	}
}

// BenchmarkNative reports GFLOP/s of one goroutine for each instruction set, at a training step's
// first product.
func BenchmarkNative(b *testing.B) {
	for _, lib := range natives() {
		b.Run(fmt.Sprint(lib.info().Core), func(b *testing.B) {
			const m, n, k = 512, 1000, 256
			x, w, y := make([]float32, m*k), make([]float32, n*k), make([]float32, m*n)
			for b.Loop() {
				lib.gemm32(false, true, m, n, k, 1, x, k, w, k, 0, y, n)
			}
			b.ReportMetric(2e-9*m*n*k*float64(b.N)/b.Elapsed().Seconds(), "GFLOP/s")
		})
	}
}
