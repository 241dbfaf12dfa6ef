package kernel

import "math"

// Function is a function of one number that processors have no instruction for.
type Function uint8

// The functions; compute.UnaryOp says what they are.
const (
	Exp Function = iota
	Expm1
	Tanh
	Erf
	Sigmoid
	GELU
	GELUSlope
	SiLU
	SiLUSlope
	ELU
	ELUSlope
	Softplus
	SoftplusSlope
)

// Curve sets y = f(x). In float32 it is made of the functions below, which vectors do with the same
// bits; in float64 of the standard library's.
func Curve[T Float](f Function, y, x []T) {
	x = x[:len(y)]
	switch y := any(y).(type) {
	case []float32:
		c := curves32[f]
		for i, v := range any(x).([]float32) {
			y[i] = c(v)
		}
	case []float64:
		c := curves64[f]
		for i, v := range any(x).([]float64) {
			y[i] = c(v)
		}
	}
}

var curves32 = [...]func(float32) float32{
	Exp: exp32, Expm1: expm1, Tanh: tanh32, Erf: erf32, Sigmoid: sigmoid32, GELU: gelu32, GELUSlope: geluSlope32,
	SiLU: silu32, SiLUSlope: siluSlope32, ELU: elu32, ELUSlope: eluSlope32, Softplus: softplus32, SoftplusSlope: softplusSlope32,
}

// gelu32 is x Φ(x) = x/2 (1 + erf(x/√2)). Its error is below 4u·|x|, u = 2⁻²⁴.
func gelu32(x float32) float32 {
	return float32(float32(0.5*x) * (1 + erf32(float32(x*rootHalf))))
}

const (
	rootHalf  = 0.707106781186547524 // √½
	rootTwoPi = 0.398942280401432678 // 1/√(2π)
)

// geluSlope32 is Φ(x) + x φ(x).
func geluSlope32(x float32) float32 {
	density := float32(float32(x*rootTwoPi) * exp32(-0.5*float32(x*x)))
	return float32(0.5*(1+erf32(float32(x*rootHalf)))) + density
}

// sides are s(x) and s(−x) of the sigmoid s. The exponential is taken of −|x|, which does not overflow,
// so that both keep their relative accuracy.
func sides(x float32) (s, other float32) {
	e := exp32(0 - abs(x))
	d := 1 + e
	if x < 0 {
		return e / d, 1 / d
	}
	return 1 / d, e / d
}

func sigmoid32(x float32) float32 {
	s, _ := sides(x)
	return s
}

func silu32(x float32) float32 { return x * sigmoid32(x) }

func siluSlope32(x float32) float32 {
	s, other := sides(x)
	return s * (1 + float32(x*other))
}

func elu32(x float32) float32 {
	if x > 0 {
		return x
	}
	return expm1(x)
}

func eluSlope32(x float32) float32 {
	if x > 0 {
		return 1
	}
	return exp32(x)
}

// softplus32 is ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|), x itself above 20.
func softplus32(x float32) float32 {
	if x > 20 {
		return x
	}
	e := exp32(0 - abs(x))
	u := 1 + e
	y := ln(u) + (e-(u-1))/u // what the sum 1 + e has cut off, to first order
	if x > 0 {
		return x + y
	}
	return y
}

func softplusSlope32(x float32) float32 {
	if x > 20 {
		return 1
	}
	return sigmoid32(x)
}

var curves64 = [...]func(float64) float64{
	Exp: math.Exp, Expm1: math.Expm1, Tanh: math.Tanh, Erf: math.Erf, Sigmoid: sigmoid64,
	GELU:      gelu64,
	GELUSlope: func(x float64) float64 { return normal(x) + x*math.Exp(-x*x/2)*rootTwoPi },
	SiLU:      func(x float64) float64 { return x * sigmoid64(x) },
	SiLUSlope: func(x float64) float64 { return sigmoid64(x) * (1 + x*sigmoid64(-x)) },
	ELU: func(x float64) float64 {
		if x > 0 {
			return x
		}
		return math.Expm1(x)
	},
	ELUSlope: func(x float64) float64 { return math.Exp(min(x, 0)) },
	Softplus: func(x float64) float64 {
		if x > 20 {
			return x
		}
		return math.Log1p(math.Exp(x))
	},
	SoftplusSlope: func(x float64) float64 {
		if x > 20 {
			return 1
		}
		return sigmoid64(x)
	},
}

// normal is the normal distribution function.
func normal(x float64) float64 { return math.Erfc(-x*rootHalf) / 2 }

func gelu64(x float64) float64 { return x * normal(x) }

// sigmoid64 takes the exponential of −|x| alone, as sides does.
func sigmoid64(x float64) float64 {
	e := math.Exp(-math.Abs(x))
	if x < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

// gelu is the function in either type.
func gelu[T Float](x T) T {
	if v, ok := any(x).(float32); ok {
		return T(gelu32(v))
	}
	return T(gelu64(float64(x)))
}
