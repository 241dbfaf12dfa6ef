package model

import "noise2sparse/compute"

func init() {
	registerCurve("leaky_relu", "LeakyReLU", "x above 0, 0.01 x below; derivative 0.01 at 0",
		func(number scalars) curve { return leakyReLU{number(leak)} })
}

// leak is the slope below 0.
const leak = 0.01

// leakyReLU is f(x) = max(x, 0.01 x), with f'(0) = 0.01, as PyTorch's.
type leakyReLU struct{ slopeBelow compute.Tensor }

func (leakyReLU) value(b compute.Backend, y, x, _ compute.Tensor) {
	b.Axpby(leak, x, 0, y)
	b.Binary(compute.Max, y, x, y)
}

func (c leakyReLU) slope(b compute.Backend, d, x, _, _ compute.Tensor) {
	b.Unary(compute.Positive, d, x)
	b.Binary(compute.Max, d, d, c.slopeBelow)
}
