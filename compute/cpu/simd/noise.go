//go:build cgo && amd64

package simd

// #cgo noescape n2s_add_noise
// #cgo nocallback n2s_add_noise
// #cgo noescape n2s_fill_uniform
// #cgo nocallback n2s_fill_uniform
// #include "dispatch.h"
import "C"

import (
	"unsafe"

	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/internal/philox"
)

// AddNoise sets dst = src + noise; see [kernel.AddNoise].
func AddNoise(dst, src []float32, first int, n *kernel.Noise, s philox.Stream) {
	l, ok := native(len(dst))
	if !ok {
		kernel.AddNoise(dst, src, first, n, s)
		return
	}
	if src == nil {
		clear(dst)
		src = dst
	}
	d := C.n2s_noise{kind: C.int(n.Kind), scale: C.float(n.Scale), base: C.float(n.Base), count: C.int(n.Count)}
	r := random(first, len(dst), s)
	C.n2s_add_noise(l, ptr(dst), ptr(src[:len(dst)]), size(len(dst)), &d, (*C.uint32_t)(unsafe.Pointer(&n.Thresholds)), &r)
}

// FillUniform sets dst to uniform numbers; see [kernel.FillUniform].
func FillUniform(dst []float32, first int, lo, hi float64, s philox.Stream) {
	l, ok := native(len(dst))
	if !ok {
		kernel.FillUniform(dst, first, lo, hi, s)
		return
	}
	r := random(first, len(dst), s)
	C.n2s_fill_uniform(l, ptr(dst), size(len(dst)), C.float(float32(lo)), C.float(float32(hi-lo)), &r)
}

// random is a stream for C, n elements from element first on.
func random(first, n int, s philox.Stream) C.n2s_random {
	kernel.CheckElements(first, n)
	return C.n2s_random{
		seed: C.uint64_t(s.Seed), step: C.uint64_t(s.Step), purpose: C.uint32_t(s.Purpose), block: C.uint32_t(first / 4),
	}
}
