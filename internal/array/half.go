package array

import "math"

// Float16 widens an IEEE 754 binary16, exactly: 1 sign bit, 5 exponent bits (bias 15), 10
// fraction bits. Subnormals, infinities and NaN (with its payload) keep their meaning.
func Float16(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exp := uint32(h>>10) & 0x1f
	frac := uint32(h & 0x3ff)
	switch {
	case exp == 0x1f: // infinity or NaN
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	case exp != 0:
		return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
	}
	// Subnormal or zero: frac * 2^-24, exact in float32.
	f := float32(frac) * (1.0 / (1 << 24))
	return math.Float32frombits(sign | math.Float32bits(f))
}

// BFloat16 widens a bfloat16, exactly: it is the upper half of a float32.
func BFloat16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }
