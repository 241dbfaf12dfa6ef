package kernel

import "math"

// The functions below define the noise's bits on every backend. They use float32 multiplications
// and additions that are rounded once each, in the order written, and integer operations; nothing
// may be fused or reordered. Coefficients are those of Cephes (S. Moshier), logf and sinf.

// unit maps a word to (0, 1]: x·2⁻³² + 2⁻³³ with x rounded to float32.
func unit(x uint32) float32 {
	return float32(float32(x)*0x1p-32) + 0x1p-33
}

// unit31 maps a 31-bit word to (0, 1]: x·2⁻³¹ + 2⁻³² with x rounded to float32.
func unit31(x uint32) float32 {
	return float32(float32(int32(x))*0x1p-31) + 0x1p-32
}

// negLog returns −ln u for u in (0, 1], u normal; error below 1.2 ulp.
func negLog(u float32) float32 { return 0 - ln(u) }

// ln is the natural logarithm of a normal u > 0. With u = 2ᵉ·(1 + f) and 1+f in [√½, √2):
//
//	ln u = f − f²/2 + f³ P(f) + e ln 2,    ln 2 split as 0.693359375 − 2.12194440e-4
func ln(u float32) float32 {
	// The bits of √½ are subtracted so that the exponent field counts from there.
	const rootHalf = 0x3F3504F3
	b := math.Float32bits(u) - rootHalf
	e := float32(int32(b) >> 23)
	f := math.Float32frombits(b&0x007FFFFF+rootHalf) - 1
	z := f * f
	p := float32(float32(7.0376836292e-2)*f) - 1.1514610310e-1
	p = float32(p*f) + 1.1676998740e-1
	p = float32(p*f) - 1.2420140846e-1
	p = float32(p*f) + 1.4249322787e-1
	p = float32(p*f) - 1.6668057665e-1
	p = float32(p*f) + 2.0000714765e-1
	p = float32(p*f) - 2.4999993993e-1
	p = float32(p*f) + 3.3333331174e-1
	y := float32(float32(p*f) * z)
	y = y - float32(e*2.12194440e-4)
	y = y - float32(0.5*z)
	y = f + y
	return y + float32(e*0.693359375)
}

// cosSinTurn returns cos and sin of 2π·x/2³². The nearest quarter turn q is taken off exactly, in
// integers, which leaves r in [−2²⁹, 2²⁹) and the angle θ = r·(π/2)·2⁻³⁰ in [−π/4, π/4).
func cosSinTurn(x uint32) (c, s float32) {
	q := (x + 1<<29) >> 30
	r := int32(x - q<<30)
	const halfPi = 1.57079632679489662
	t := float32(float32(r) * float32(halfPi*0x1p-30))
	z := t * t

	p := float32(float32(-1.9515295891e-4)*z) + 8.3321608736e-3
	p = float32(p*z) - 1.6666654611e-1
	sin := float32(float32(p*z)*t) + t

	p = float32(float32(2.443315711809948e-5)*z) - 1.388731625493765e-3
	p = float32(p*z) + 4.166664568298827e-2
	cos := float32(float32(float32(p*z)*z)-float32(0.5*z)) + 1

	if q&1 != 0 {
		cos, sin = sin, cos
	}
	return flip(cos, (q+1)&2<<30), flip(sin, q&2<<30)
}

// flip changes v's sign where the highest bit of b is set.
func flip(v float32, b uint32) float32 {
	return math.Float32frombits(math.Float32bits(v) ^ b&(1<<31))
}
