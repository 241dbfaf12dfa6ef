//go:build cgo && amd64

package simd

// #cgo noescape n2s_col_squares
// #cgo nocallback n2s_col_squares
// #cgo noescape n2s_col_products
// #cgo nocallback n2s_col_products
// #cgo noescape n2s_norm_gradient
// #cgo nocallback n2s_norm_gradient
// #cgo noescape n2s_depthwise_weight
// #cgo nocallback n2s_depthwise_weight
// #include "dispatch.h"
import "C"

import "noise2sparse/compute/cpu/kernel"

// ColSquares adds up squares of differences; see [kernel.ColSquares].
func ColSquares(dst []float64, x, mean []float32, rows int) {
	cols := len(mean)
	l, ok := native(rows * cols)
	if !ok {
		kernel.ColSquares(dst, x, mean, rows)
		return
	}
	C.n2s_col_squares(l, ptr64(dst[:cols]), ptr(x[:rows*cols]), ptr(mean), size(rows), size(cols))
}

// ColProducts adds up products with differences; see [kernel.ColProducts].
func ColProducts(dst []float64, dy, x, mean []float32, rows int) {
	cols := len(mean)
	l, ok := native(rows * cols)
	if !ok {
		kernel.ColProducts(dst, dy, x, mean, rows)
		return
	}
	C.n2s_col_products(l, ptr64(dst[:cols]), ptr(dy[:rows*cols]), ptr(x[:rows*cols]), ptr(mean), size(rows), size(cols))
}

// NormGradient is the last pass of a batch normalisation's gradient; see [kernel.NormGradient].
func NormGradient(dx, dy, x, mean, coefficients []float32, rows int) {
	cols := len(mean)
	l, ok := native(rows * cols)
	if !ok {
		kernel.NormGradient(dx, dy, x, mean, coefficients, rows)
		return
	}
	C.n2s_norm_gradient(l, ptr(dx[:rows*cols]), ptr(dy[:rows*cols]), ptr(x[:rows*cols]), ptr(mean), ptr(coefficients[:3*cols]), size(rows), size(cols))
}

// DepthwiseWeight adds one image's part of the weights' gradient, of at most 16 channels; see
// [kernel.DepthwiseWeight].
func DepthwiseWeight(sums []float64, dy, x, row []float32, c, cols int, s kernel.Shape, k int) {
	l, ok := native(s.H * s.W * cols)
	if !ok || cols > kernel.Lanes {
		kernel.DepthwiseWeight(sums, dy, x, row, c, cols, s, k)
		return
	}
	all := s.H * s.W * s.C
	C.n2s_depthwise_weight(l, ptr64(sums[:k*k*cols]), ptr(dy[c:all]), ptr(x[c:all]), size(cols), size(s.H), size(s.W), size(s.C), size(k))
}
