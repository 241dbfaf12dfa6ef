package blas

import "fmt"

// verify multiplies small matrices of whole numbers, with every combination of transposes, large
// enough to reach the main loops. All sums are exact, so any deviation is a broken library.
func verify(lib library) error {
	const m, n, k = 33, 47, 65
	a32, b32, c32 := make([]float32, m*k), make([]float32, k*n), make([]float32, m*n)
	a64, b64, c64 := make([]float64, m*k), make([]float64, k*n), make([]float64, m*n)
	value := func(i int) float64 { return float64(i*i%23 - 11) }
	for t := range 4 {
		ta, tb := t&1 != 0, t&2 != 0
		lda, ldb := k, n
		if ta {
			lda = m
		}
		if tb {
			ldb = k
		}
		for i := range m * k {
			a64[i] = value(i)
			a32[i] = float32(a64[i])
		}
		for i := range k * n {
			b64[i] = value(i + 5)
			b32[i] = float32(b64[i])
		}
		for i := range c64 {
			c64[i], c32[i] = float64(i), float32(i)
		}
		lib.gemm32(ta, tb, m, n, k, 2, a32, lda, b32, ldb, -1, c32, n)
		lib.gemm64(ta, tb, m, n, k, 2, a64, lda, b64, ldb, -1, c64, n)
		for i := range m {
			for j := range n {
				want := -float64(i*n + j)
				for l := range k {
					want += 2 * value(origin(ta, i, l, lda)) * value(origin(tb, l, j, ldb)+5)
				}
				if g32, g64 := float64(c32[i*n+j]), c64[i*n+j]; g32 != want || g64 != want {
					return fmt.Errorf("it multiplies wrongly (%v and %v in place of %v); it is not used", g32, g64, want)
				}
			}
		}
	}
	return nil
}
