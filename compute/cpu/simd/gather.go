//go:build cgo && amd64

package simd

// #cgo noescape n2s_gather_byte
// #cgo nocallback n2s_gather_byte
// #cgo noescape n2s_gather_half
// #cgo nocallback n2s_gather_half
// #cgo noescape n2s_gather_bfloat
// #cgo nocallback n2s_gather_bfloat
// #include "dispatch.h"
import "C"

import (
	"unsafe"

	"noise2sparse/compute/cpu/kernel"
)

// Gather copies rows; see [kernel.Gather].
func Gather(dst, src []float32, index []int32, cols int) {
	for i, r := range index {
		copy(dst[i*cols:][:cols], src[int(r)*cols:][:cols])
	}
}

// GatherUint8 copies rows of pixels as x/255; see [kernel.GatherUint8].
func GatherUint8(dst []float32, src []uint8, index []int32, cols int) {
	l, ok := native(len(index) * cols)
	if !ok {
		kernel.GatherUint8(dst, src, index, cols)
		return
	}
	checkRows(index, len(src), cols)
	C.n2s_gather_byte(l, ptr(dst[:len(index)*cols]), (*C.uint8_t)(unsafe.SliceData(src)), ptr32(index), size(len(index)), size(cols))
}

// GatherFloat16 copies rows of half-precision numbers; see [kernel.GatherFloat16].
func GatherFloat16(dst []float32, src []uint16, index []int32, cols int) {
	l, ok := native(len(index) * cols)
	if !ok {
		kernel.GatherFloat16(dst, src, index, cols)
		return
	}
	checkRows(index, len(src), cols)
	C.n2s_gather_half(l, ptr(dst[:len(index)*cols]), (*C.uint16_t)(unsafe.SliceData(src)), ptr32(index), size(len(index)), size(cols))
}

// GatherBFloat16 copies rows of bfloat16 numbers; see [kernel.GatherBFloat16].
func GatherBFloat16(dst []float32, src []uint16, index []int32, cols int) {
	l, ok := native(len(index) * cols)
	if !ok {
		kernel.GatherBFloat16(dst, src, index, cols)
		return
	}
	checkRows(index, len(src), cols)
	C.n2s_gather_bfloat(l, ptr(dst[:len(index)*cols]), (*C.uint16_t)(unsafe.SliceData(src)), ptr32(index), size(len(index)), size(cols))
}

// ptr32 is the address of indices for C.
func ptr32(x []int32) *C.int32_t { return (*C.int32_t)(unsafe.SliceData(x)) }
