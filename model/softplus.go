package model

import "noise2sparse/compute"

func init() {
	registerCurve("softplus", "Softplus", "ln(1 + eˣ), x itself above 20",
		func(number scalars) curve { return softplus{number(20)} })
}

// softplus is f(x) = ln(1 + eˣ), f' the sigmoid; above 20 it is x with f' = 1, as PyTorch's
// (from 20 to 20 + 2·10⁻⁹, where the two cross, the larger: no float32 lies there).
type softplus struct{ twenty compute.Tensor }

func (c softplus) value(b compute.Backend, y, x, t compute.Tensor) {
	b.Binary(compute.Min, y, x, c.twenty)
	b.Unary(compute.Exp, y, y)
	b.Unary(compute.Log1p, y, y)
	b.Binary(compute.Sub, t, x, c.twenty)
	b.Binary(compute.MaskByAbove, t, x, t) // x above 20, else 0
	b.Binary(compute.Max, y, y, t)
}

func (c softplus) slope(b compute.Backend, d, x, _, t compute.Tensor) {
	b.Unary(compute.Sigmoid, d, x)
	b.Binary(compute.Sub, t, x, c.twenty)
	b.Unary(compute.Positive, t, t)
	b.Binary(compute.Max, d, d, t)
}
