package model

import "noise2sparse/compute"

// depthwise is a convolution of each channel with a kernel of its own, with bias; zeros around the
// image keep its size.
type depthwise struct {
	b            compute.Backend
	weight, bias *Param
	x            compute.Tensor // the last input
}

func newDepthwise(b compute.Backend, ps *Params, name string, channels, kernel int) *depthwise {
	d := &depthwise{
		b:      b,
		weight: &Param{Name: name + ".weight", shape: []int{channels, 1, kernel, kernel}, init: UniformFanIn(kernel * kernel)},
		bias:   &Param{Name: name + ".bias", shape: []int{channels}, init: UniformFanIn(kernel * kernel)},
	}
	ps.List = append(ps.List, d.weight, d.bias)
	return d
}

// forward sets y to the convolution of x, both (B × H × W × C), finished by e. The bias is e's too.
func (d *depthwise) forward(y, x compute.Tensor, e compute.Epilogue) {
	d.x, e.Bias = x, d.bias.Value
	compute.DepthwiseFinish(d.b, y, x, d.weight.Value, e)
}

// backward sets the gradients of weight and bias from dy, and dx from it.
func (d *depthwise) backward(dx, dy compute.Tensor) {
	d.b.DepthwiseWeight(d.weight.Grad, d.bias.Grad, dy, d.x)
	d.b.DepthwiseInput(dx, dy, d.weight.Value)
}
