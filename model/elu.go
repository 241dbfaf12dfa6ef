package model

import "noise2sparse/compute"

func init() {
	registerCurve("elu", "ELU", "x above 0, eˣ − 1 below",
		func(number scalars) curve { return elu{number(0)} })
}

// elu is f(x) = x for x > 0, eˣ − 1 else (α = 1), with f'(0) = 1.
type elu struct{ zero compute.Tensor }

func (c elu) value(b compute.Backend, y, x, t compute.Tensor) {
	b.Binary(compute.Min, t, x, c.zero)
	b.Unary(compute.Expm1, t, t)
	b.Unary(compute.Relu, y, x)
	b.Binary(compute.Add, y, y, t)
}

func (c elu) slope(b compute.Backend, d, x, _, _ compute.Tensor) {
	b.Binary(compute.Min, d, x, c.zero)
	b.Unary(compute.Exp, d, d)
}
