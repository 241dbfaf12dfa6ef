package model

import (
	"math"

	"noise2sparse/compute"
)

func init() {
	registerCurve("gelu", "GELU", "x/2 (1 + erf(x/√2)), the exact form",
		func(number scalars) curve { return gelu{number(1)} })
}

// gelu is f(x) = x Φ(x), with Φ the normal distribution function and φ its density
// (Hendrycks and Gimpel 2016):
//
//	Φ(x) = (1 + erf(x/√2))/2     f'(x) = Φ(x) + x φ(x)
type gelu struct{ one compute.Tensor }

func (c gelu) value(b compute.Backend, y, x, t compute.Tensor) {
	b.Axpby(1/math.Sqrt2, x, 0, t)
	b.Unary(compute.Erf, t, t)
	b.Binary(compute.Add, t, t, c.one)
	b.Binary(compute.Mul, y, x, t)
	b.Axpby(0.5, y, 0, y)
}

func (c gelu) slope(b compute.Backend, d, x, _, t compute.Tensor) {
	b.Axpby(1/math.Sqrt2, x, 0, d)
	b.Unary(compute.Erf, d, d)
	b.Binary(compute.Add, d, d, c.one)
	b.Unary(compute.Square, t, x)
	b.Axpby(-0.5, t, 0, t)
	b.Unary(compute.Exp, t, t)
	b.Binary(compute.Mul, t, t, x)
	b.Axpby(1/math.Sqrt(2*math.Pi), t, 0.5, d)
}
