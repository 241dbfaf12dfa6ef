//go:build cgo && amd64

package simd

// #cgo noescape n2s_add
// #cgo nocallback n2s_add
// #cgo noescape n2s_sub
// #cgo nocallback n2s_sub
// #cgo noescape n2s_mul
// #cgo nocallback n2s_mul
// #cgo noescape n2s_scale
// #cgo nocallback n2s_scale
// #cgo noescape n2s_axpy
// #cgo nocallback n2s_axpy
// #cgo noescape n2s_axpby
// #cgo nocallback n2s_axpby
// #cgo noescape n2s_add_bias
// #cgo nocallback n2s_add_bias
// #cgo noescape n2s_adam_step
// #cgo nocallback n2s_adam_step
// #include "dispatch.h"
import "C"

import "noise2sparse/compute/cpu/kernel"

// Add sets z = x + y; see [kernel.Add].
func Add(z, x, y []float32) {
	l, ok := native(len(z))
	if !ok {
		kernel.Add(z, x, y)
		return
	}
	C.n2s_add(l, ptr(z), ptr(x[:len(z)]), ptr(y[:len(z)]), size(len(z)))
}

// Sub sets z = x − y; see [kernel.Sub].
func Sub(z, x, y []float32) {
	l, ok := native(len(z))
	if !ok {
		kernel.Sub(z, x, y)
		return
	}
	C.n2s_sub(l, ptr(z), ptr(x[:len(z)]), ptr(y[:len(z)]), size(len(z)))
}

// Mul sets z = x · y; see [kernel.Mul].
func Mul(z, x, y []float32) {
	l, ok := native(len(z))
	if !ok {
		kernel.Mul(z, x, y)
		return
	}
	C.n2s_mul(l, ptr(z), ptr(x[:len(z)]), ptr(y[:len(z)]), size(len(z)))
}

// Scale sets y = a · x; see [kernel.Scale].
func Scale(y []float32, a float32, x []float32) {
	l, ok := native(len(y))
	if !ok {
		kernel.Scale(y, a, x)
		return
	}
	C.n2s_scale(l, ptr(y), C.float(a), ptr(x[:len(y)]), size(len(y)))
}

// Axpy sets y = a · x + y; see [kernel.Axpy].
func Axpy(y []float32, a float32, x []float32) {
	l, ok := native(len(y))
	if !ok {
		kernel.Axpy(y, a, x)
		return
	}
	C.n2s_axpy(l, ptr(y), C.float(a), ptr(x[:len(y)]), size(len(y)))
}

// Axpby sets y = a · x + b · y; see [kernel.Axpby].
func Axpby(y []float32, a float32, x []float32, b float32) {
	if b == 0 {
		Scale(y, a, x)
		return
	}
	l, ok := native(len(y))
	if !ok {
		kernel.Axpby(y, a, x, b)
		return
	}
	C.n2s_axpby(l, ptr(y), C.float(a), ptr(x[:len(y)]), C.float(b), size(len(y)))
}

// AddBias adds bias to each row of y; see [kernel.AddBias].
func AddBias(y []float32, ld int, bias []float32, rows, cols int) {
	l, ok := native(rows * cols)
	if !ok {
		kernel.AddBias(y, ld, bias, rows, cols)
		return
	}
	fits(len(y), ld, rows, cols)
	C.n2s_add_bias(l, ptr(y), size(ld), ptr(bias[:cols]), size(rows), size(cols))
}

// Adam steps one range of a parameter; see [kernel.Adam].
func Adam(p, m, v, g []float32, s *kernel.AdamStep[float32]) {
	l, ok := native(len(p))
	if !ok {
		kernel.Adam(p, m, v, g, s)
		return
	}
	n := len(p)
	c := C.n2s_adam{
		clip: C.float(s.Clip), beta1: C.float(s.Beta1), one_minus1: C.float(s.OneMinus1),
		beta2: C.float(s.Beta2), one_minus2: C.float(s.OneMinus2),
		step_size: C.float(s.StepSize), root_bc2: C.float(s.RootBC2), eps: C.float(s.Eps), decay: C.float(s.Decay),
	}
	C.n2s_adam_step(l, ptr(p), ptr(m[:n]), ptr(v[:n]), ptr(g[:n]), size(n), &c)
}
