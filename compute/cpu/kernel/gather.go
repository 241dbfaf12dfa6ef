package kernel

import (
	"fmt"
	"math"
)

// CheckIndex returns the first position whose index is not in 0..n-1, or -1.
func CheckIndex(index []int32, n int) int {
	for i, v := range index {
		if v < 0 || int(v) >= n {
			return i
		}
	}
	return -1
}

// source returns row index[i] of src (rows of cols elements).
func source[S any](src []S, index []int32, i, cols int) []S {
	r := int(index[i])
	if r < 0 || (r+1)*cols > len(src) {
		panic(fmt.Sprintf("kernel: gather of row %d from %d rows", r, len(src)/cols))
	}
	return src[r*cols:][:cols]
}

// Gather copies rows with conversion: dst[i] = src[index[i]], dst (len(index) × cols).
func Gather[T, S Float](dst []T, src []S, index []int32, cols int) {
	for i := range index {
		row := dst[i*cols:][:cols]
		for j, v := range source(src, index, i, cols) {
			row[j] = T(v)
		}
	}
}

// GatherUint8 is Gather from pixels: x/255, so that 0 and 255 become exactly 0 and 1.
func GatherUint8[T Float](dst []T, src []uint8, index []int32, cols int) {
	for i := range index {
		row := dst[i*cols:][:cols]
		for j, v := range source(src, index, i, cols) {
			row[j] = T(v) / 255
		}
	}
}

// GatherFloat16 is Gather from IEEE 754 half precision, exact.
func GatherFloat16[T Float](dst []T, src []uint16, index []int32, cols int) {
	for i := range index {
		row := dst[i*cols:][:cols]
		for j, v := range source(src, index, i, cols) {
			row[j] = T(Float16(v))
		}
	}
}

// GatherBFloat16 is Gather from bfloat16 (the upper half of a float32), exact.
func GatherBFloat16[T Float](dst []T, src []uint16, index []int32, cols int) {
	for i := range index {
		row := dst[i*cols:][:cols]
		for j, v := range source(src, index, i, cols) {
			row[j] = T(math.Float32frombits(uint32(v) << 16))
		}
	}
}

// Float16 converts the bits of an IEEE 754 half-precision number, exactly. NaN stays NaN.
func Float16(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exponent := uint32(h>>10) & 31
	fraction := uint32(h) & 1023
	switch exponent {
	case 31: // infinity, or NaN made quiet as the processor does
		bits := sign | 0x7F800000 | fraction<<13
		if fraction != 0 {
			bits |= 1 << 22
		}
		return math.Float32frombits(bits)
	case 0: // zero or subnormal: fraction · 2⁻²⁴
		v := float32(fraction) * 0x1p-24
		return math.Float32frombits(math.Float32bits(v) | sign)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
