//go:build cgo && amd64

package simd

// #cgo noescape n2s_sgd_step
// #cgo nocallback n2s_sgd_step
// #cgo noescape n2s_sparse_adam_step
// #cgo nocallback n2s_sparse_adam_step
// #cgo noescape n2s_sparse_sgd_step
// #cgo nocallback n2s_sparse_sgd_step
// #cgo noescape n2s_rms_prop_step
// #cgo nocallback n2s_rms_prop_step
// #include "dispatch.h"
import "C"

import "noise2sparse/compute/cpu/kernel"

func cStep(s *kernel.Step[float32]) C.n2s_step {
	return C.n2s_step{
		clip: C.float(s.Clip), lr: C.float(s.LR), eps: C.float(s.Eps),
		keep: C.float(s.Keep), add: C.float(s.Add), add2: C.float(s.Add2),
	}
}

// SGD steps one range of a parameter; see [kernel.SGD].
func SGD(p, m, g []float32, s *kernel.Step[float32]) {
	l, ok := native(len(p))
	if !ok {
		kernel.SGD(p, m, g, s)
		return
	}
	n, c := len(p), cStep(s)
	if m != nil {
		m = m[:n]
	}
	C.n2s_sgd_step(l, ptr(p), ptr(m), ptr(g[:n]), size(n), &c)
}

// SparseAdam steps the elements of one range that have a gradient; see [kernel.SparseAdam].
func SparseAdam(p, m, v, g []float32, s *kernel.Step[float32]) {
	l, ok := native(len(p))
	if !ok {
		kernel.SparseAdam(p, m, v, g, s)
		return
	}
	n, c := len(p), cStep(s)
	C.n2s_sparse_adam_step(l, ptr(p), ptr(m[:n]), ptr(v[:n]), ptr(g[:n]), size(n), &c)
}

// SparseSGD steps the elements of one range that have a gradient; see [kernel.SparseSGD].
func SparseSGD(p, m, g []float32, s *kernel.Step[float32]) {
	l, ok := native(len(p))
	if !ok {
		kernel.SparseSGD(p, m, g, s)
		return
	}
	n, c := len(p), cStep(s)
	C.n2s_sparse_sgd_step(l, ptr(p), ptr(m[:n]), ptr(g[:n]), size(n), &c)
}

// RMSProp steps one range of a parameter; see [kernel.RMSProp].
func RMSProp(p, a, g []float32, s *kernel.Step[float32]) {
	l, ok := native(len(p))
	if !ok {
		kernel.RMSProp(p, a, g, s)
		return
	}
	n, c := len(p), cStep(s)
	C.n2s_rms_prop_step(l, ptr(p), ptr(a[:n]), ptr(g[:n]), size(n), &c)
}
