package kernel

import "math"

// The functions below define activation functions' bits in float32, on vectors too: multiplications,
// additions and divisions that are rounded once each, in the order written. Errors were measured on
// every float32 of the range; u = 2⁻²⁴ is half a unit in the last place at 1.

// shifter rounds to an integer when added: the sum's last bit is worth 1.
const shifter = 0x1.8p23

// reduce writes x = n ln 2 + r with |r| ≤ ln 2 / 2, and returns eʳ − 1 − r with it (Cephes, expf; ln 2
// is split as 0.693359375 − 2.12194440e-4, the first product is exact).
func reduce(x float32) (n int32, r, rest float32) {
	t := float32(x*1.44269504088896341) + shifter
	n = int32(math.Float32bits(t) - math.Float32bits(shifter))
	whole := t - shifter
	r = x - float32(whole*0.693359375)
	r = r + float32(whole*2.12194440e-4)
	p := float32(float32(1.9875691500e-4)*r) + 1.3981999507e-3
	p = float32(p*r) + 8.3334519073e-3
	p = float32(p*r) + 4.1665795894e-2
	p = float32(p*r) + 1.6666665459e-1
	p = float32(p*r) + 5.0000001201e-1
	return n, r, float32(p * float32(r*r))
}

// power2 is 2ⁿ for −126 ≤ n ≤ 127.
func power2(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

// limit is x between low and high; NaN stays.
func limit(x, low, high float32) float32 {
	if low > x {
		x = low
	}
	if high < x {
		x = high
	}
	return x
}

// exp32 is eˣ, within 2u·eˣ where that is normal. 2ⁿ is multiplied in two halves, so that neither
// overflows before the result does, and denormal results are right.
func exp32(x float32) float32 {
	n, r, rest := reduce(limit(x, -104, 89))
	h := n >> 1
	return float32(float32((rest+r+1)*power2(h)) * power2(n-h))
}

// expm1 is eˣ − 1 = 2ⁿ ((eʳ − 1) + (1 − 2⁻ⁿ)).
func expm1(x float32) float32 {
	n, r, rest := reduce(limit(x, -30, 89))
	h := n >> 1
	q := rest + r + (1 - float32(power2(-h)*power2(h-n)))
	return float32(float32(q*power2(h)) * power2(n-h))
}

// tanh32 is a polynomial near 0 (Cephes, tanhf), else 1 − 2/(e^2|x| + 1).
func tanh32(x float32) float32 {
	a := abs(x)
	z := a * a
	p := float32(float32(-5.70498872745e-3)*z) + 2.06390887954e-2
	p = float32(p*z) - 5.37397155531e-2
	p = float32(p*z) + 1.33314422036e-1
	p = float32(p*z) - 3.33332819422e-1
	y := float32(float32(p*z)*a) + a
	if !(a < 0.625) {
		y = 1 - 2/(exp32(2*a)+1)
	}
	return flip(y, math.Float32bits(x))
}

// erfLimit is where erf is 1 in float32, erf(3.9) = 1 − 0.6u.
const erfLimit = 3.9

// erf32 is x · P(2x²/3.9² − 1) below 3.9, within 5u·erf(x). P is the polynomial of degree 15 whose
// largest relative error is least, 0.4u, found by weighted least squares in float64.
func erf32(x float32) float32 {
	a := abs(x)
	t := float32(float32(a*a)*(2/(erfLimit*erfLimit))) - 1
	p := float32(erfPolynomial[len(erfPolynomial)-1])
	for i := len(erfPolynomial) - 2; i >= 0; i-- {
		p = float32(p*t) + erfPolynomial[i]
	}
	y := float32(p * a)
	if a >= erfLimit {
		y = 1
	}
	return flip(y, math.Float32bits(x))
}

// erfPolynomial are P's coefficients, from the constant on.
var erfPolynomial = [...]float32{
	0.362583965, -0.181011081, 0.134691074, -0.109532878,
	0.0906700194, -0.0737964958, 0.057905823, -0.0428188294,
	0.0291349832, -0.0194358546, 0.0135807888, -0.00728565734,
	0.00190581928, -0.00133705745, 0.00192220672, -0.000766597281,
}
