//go:build cgo && amd64

package simd

// #cgo noescape n2s_curve
// #cgo nocallback n2s_curve
// #cgo noescape n2s_finish
// #cgo nocallback n2s_finish
// #cgo noescape n2s_depthwise
// #cgo nocallback n2s_depthwise
// #include "dispatch.h"
import "C"

import "noise2sparse/compute/cpu/kernel"

// Curve sets y = f(x); see [kernel.Curve].
func Curve(f kernel.Function, y, x []float32) {
	l, ok := native(len(y))
	if !ok {
		kernel.Curve(f, y, x)
		return
	}
	C.n2s_curve(l, ptr(y), ptr(x[:len(y)]), size(len(y)), C.int(f))
}

// Finish sets y = e(x) on a window; see [kernel.Finish].
func Finish(y, x []float32, ld, rows, cols int, e kernel.Epilogue[float32]) {
	l, ok := native(rows * cols)
	if !ok {
		kernel.Finish(y, x, ld, rows, cols, e)
		return
	}
	fits(min(len(x), len(y)), ld, rows, cols)
	if e.Residual != nil {
		fits(len(e.Residual), ld, rows, cols)
	}
	C.n2s_finish(l, ptr(y), ptr(x), size(ld), size(rows), size(cols), ptr(optional(e.Bias, cols)), ptr(optional(e.Scale, cols)),
		ptr(optional(e.Shift, cols)), ptr(e.Residual), flags(e))
}

// flags are an epilogue's functions for C.
func flags(e kernel.Epilogue[float32]) C.int {
	var f C.int
	if e.GELU {
		f |= 1
	}
	if e.ReLU {
		f |= 2
	}
	return f
}

// Depthwise is one row of a depthwise convolution with an epilogue, whose residual is the whole image;
// see [kernel.Depthwise].
func Depthwise(y, x, taps []float32, i int, d *kernel.Depth, e kernel.Epilogue[float32]) {
	l, ok := native(d.W * d.C)
	if !ok {
		kernel.Depthwise(y, x, taps, i, d, e)
		return
	}
	row, all := d.W*d.C, d.H*d.W*d.C
	if len(y) < row || len(x) < all || d.LD < kernel.WholeVectors(d.C) || len(taps) < d.K*d.K*d.LD || i < 0 || i >= d.H || e.Residual != nil && len(e.Residual) < all {
		panic("simd: an image exceeds its slice")
	}
	C.n2s_depthwise(l, ptr(y), ptr(x), ptr(taps), size(i), size(d.H), size(d.W), size(d.C), size(d.K), size(d.Before), size(d.LD),
		ptr(optional(e.Bias, d.C)), ptr(optional(e.Scale, d.C)), ptr(optional(e.Shift, d.C)), ptr(e.Residual), flags(e))
}
