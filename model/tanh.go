package model

import "noise2sparse/compute"

func init() {
	registerCurve("tanh", "Tanh", "hyperbolic tangent",
		func(number scalars) curve { return tanh{number(1)} })
}

// tanh is the hyperbolic tangent, f' = 1 − f².
type tanh struct{ one compute.Tensor }

func (c tanh) value(b compute.Backend, y, x, _ compute.Tensor) {
	b.Unary(compute.Tanh, y, x)
}

func (c tanh) slope(b compute.Backend, d, _, y, t compute.Tensor) {
	b.Unary(compute.Square, t, y)
	b.Axpby(-1, t, 0, d)
	b.Binary(compute.Add, d, d, c.one)
}
