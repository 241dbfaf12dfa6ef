package model

import "noise2sparse/compute"

func init() {
	registerCurve("silu", "SiLU", "x / (1 + e⁻ˣ)",
		func(number scalars) curve { return silu{number(1)} })
}

// silu is f(x) = x s(x), with s the sigmoid: f' = s (1 + x (1 − s)).
type silu struct{ one compute.Tensor }

func (c silu) value(b compute.Backend, y, x, t compute.Tensor) {
	b.Unary(compute.Sigmoid, t, x)
	b.Binary(compute.Mul, y, x, t)
}

func (c silu) slope(b compute.Backend, d, x, _, t compute.Tensor) {
	b.Unary(compute.Sigmoid, d, x)
	b.Axpby(-1, d, 0, t)
	b.Binary(compute.Add, t, t, c.one)
	b.Binary(compute.Mul, t, t, x)
	b.Binary(compute.Add, t, t, c.one)
	b.Binary(compute.Mul, d, d, t)
}
