//go:build cgo && amd64

package simd

// #cgo noescape n2s_col_sums
// #cgo nocallback n2s_col_sums
// #cgo noescape n2s_col_sums64
// #cgo nocallback n2s_col_sums64
// #cgo noescape n2s_bias_relu
// #cgo nocallback n2s_bias_relu
// #cgo noescape n2s_relu_backward
// #cgo nocallback n2s_relu_backward
// #cgo noescape n2s_mse
// #cgo nocallback n2s_mse
// #include "dispatch.h"
import "C"

import "noise2sparse/compute/cpu/kernel"

// ColSums adds column sums to a float32 accumulator; see [kernel.ColSums].
func ColSums(dst, x []float32, ld, rows, cols int) {
	l, ok := native(rows * cols)
	if !ok {
		kernel.ColSums(dst, x, ld, rows, cols)
		return
	}
	fits(len(x), ld, rows, cols)
	C.n2s_col_sums(l, ptr(dst[:cols]), ptr(x), size(ld), size(rows), size(cols))
}

// ColSums64 adds column sums to a float64 accumulator; see [kernel.ColSums].
func ColSums64(dst []float64, x []float32, ld, rows, cols int) {
	l, ok := native(rows * cols)
	if !ok {
		kernel.ColSums(dst, x, ld, rows, cols)
		return
	}
	fits(len(x), ld, rows, cols)
	C.n2s_col_sums64(l, ptr64(dst[:cols]), ptr(x), size(ld), size(rows), size(cols))
}

// BiasReLU finishes a ReLU layer's forward pass; see [kernel.BiasReLU].
func BiasReLU(y []float32, ld int, bias []float32, rows, cols int, fired, total []float64) {
	l, ok := native(rows * cols)
	if !ok {
		kernel.BiasReLU(y, ld, bias, rows, cols, fired, total)
		return
	}
	fits(len(y), ld, rows, cols)
	C.n2s_bias_relu(l, ptr(y), size(ld), ptr(optional(bias, cols)), size(rows), size(cols),
		ptr64(optional(fired, cols)), ptr64(optional(total, cols)))
}

// ReLUBackward is the backward pass of BiasReLU; see [kernel.ReLUBackward].
func ReLUBackward(dpre, dpost, post []float32, ld int, dbias []float32, rows, cols int) {
	l, ok := native(rows * cols)
	if !ok {
		kernel.ReLUBackward(dpre, dpost, post, ld, dbias, rows, cols)
		return
	}
	fits(min(len(dpre), len(dpost), len(post)), ld, rows, cols)
	C.n2s_relu_backward(l, ptr(dpre), ptr(dpost), ptr(post), size(ld), ptr(optional(dbias, cols)), size(rows), size(cols))
}

// MSE is the squared error, forward and backward; see [kernel.MSE].
func MSE(grad, out, target []float32, ld int, scale float32, rows, cols int, rowSquares []float64, dbias []float32) float64 {
	l, ok := native(rows * cols)
	if !ok {
		return kernel.MSE(grad, out, target, ld, scale, rows, cols, rowSquares, dbias)
	}
	fits(min(len(out), len(target)), ld, rows, cols)
	if grad != nil {
		fits(len(grad), ld, rows, cols)
	}
	return float64(C.n2s_mse(l, ptr(grad), ptr(out), ptr(target), size(ld), C.float(scale), size(rows), size(cols),
		ptr64(optional(rowSquares, rows)), ptr(optional(dbias, cols))))
}

// optional is nil, or the first n elements of x.
func optional[T any](x []T, n int) []T {
	if x == nil {
		return nil
	}
	return x[:n]
}
