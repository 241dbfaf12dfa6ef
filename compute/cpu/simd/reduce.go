//go:build cgo && amd64

package simd

// #cgo noescape n2s_sum_squares
// #cgo nocallback n2s_sum_squares
// #cgo noescape n2s_sum
// #cgo nocallback n2s_sum
// #cgo noescape n2s_sum_abs
// #cgo nocallback n2s_sum_abs
// #cgo noescape n2s_count_positive
// #cgo nocallback n2s_count_positive
// #cgo noescape n2s_count_negative
// #cgo nocallback n2s_count_negative
// #cgo noescape n2s_count_not_finite
// #cgo nocallback n2s_count_not_finite
// #include "dispatch.h"
import "C"

import "noise2sparse/compute/cpu/kernel"

// SumSquares returns Σ x²; see [kernel.SumSquares].
func SumSquares(x []float32) float64 {
	if l, ok := native(len(x)); ok {
		return float64(C.n2s_sum_squares(l, ptr(x), size(len(x))))
	}
	return kernel.SumSquares(x)
}

// Sum returns Σ x; see [kernel.Sum].
func Sum(x []float32) float64 {
	if l, ok := native(len(x)); ok {
		return float64(C.n2s_sum(l, ptr(x), size(len(x))))
	}
	return kernel.Sum(x)
}

// SumAbs returns Σ |x|; see [kernel.SumAbs].
func SumAbs(x []float32) float64 {
	if l, ok := native(len(x)); ok {
		return float64(C.n2s_sum_abs(l, ptr(x), size(len(x))))
	}
	return kernel.SumAbs(x)
}

// CountPositive counts x > 0; see [kernel.CountPositive].
func CountPositive(x []float32) int {
	if l, ok := native(len(x)); ok {
		return int(C.n2s_count_positive(l, ptr(x), size(len(x))))
	}
	return kernel.CountPositive(x)
}

// CountNegative counts x < 0; see [kernel.CountNegative].
func CountNegative(x []float32) int {
	if l, ok := native(len(x)); ok {
		return int(C.n2s_count_negative(l, ptr(x), size(len(x))))
	}
	return kernel.CountNegative(x)
}

// AllFinite says whether no x is NaN or infinite; see [kernel.AllFinite].
func AllFinite(x []float32) bool {
	if l, ok := native(len(x)); ok {
		return C.n2s_count_not_finite(l, ptr(x), size(len(x))) == 0
	}
	return kernel.AllFinite(x)
}
