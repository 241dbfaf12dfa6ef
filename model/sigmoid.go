package model

import "noise2sparse/compute"

func init() {
	registerCurve("sigmoid", "Sigmoid", "1 / (1 + e⁻ˣ)",
		func(number scalars) curve { return sigmoid{number(1)} })
}

// sigmoid is f(x) = 1/(1 + e⁻ˣ), f' = f (1 − f).
type sigmoid struct{ one compute.Tensor }

func (c sigmoid) value(b compute.Backend, y, x, _ compute.Tensor) {
	b.Unary(compute.Sigmoid, y, x)
}

func (c sigmoid) slope(b compute.Backend, d, _, y, t compute.Tensor) {
	b.Axpby(-1, y, 0, t)
	b.Binary(compute.Add, t, t, c.one)
	b.Binary(compute.Mul, d, y, t)
}
