package model

import "noise2sparse/compute"

// conv is a convolution of images with channels last, x (B × H × W × in) to y (B × OH × OW × out), by
// compute.ConvolveFinish: a product, or the backend's own. Weights lie as PyTorch has them, (out × in × k × k).
type conv struct {
	b            compute.Backend
	weight, bias *Param // bias is nil without one
	window       compute.Window
	scratch      *scratch
	laid         compute.Tensor // (out × k·k × in): room for weights, or their gradient, in the order of windows
	x            compute.Tensor // the last input
}

// newConv declares <name>.weight and, with a bias, <name>.bias. Both begin as PyTorch's do, uniform in
// ±1/√(in·k·k).
func newConv(b compute.Backend, ps *Params, name string, in, out int, w compute.Window, bias bool, s *scratch) *conv {
	c := &conv{b: b, window: w, scratch: s}
	fanIn := in * w.Size * w.Size
	c.weight = &Param{Name: name + ".weight", shape: []int{out, in, w.Size, w.Size}, init: UniformFanIn(fanIn)}
	ps.List = append(ps.List, c.weight)
	if bias {
		c.bias = &Param{Name: name + ".bias", shape: []int{out}, init: UniformFanIn(fanIn)}
		ps.List = append(ps.List, c.bias)
	}
	if w.Size > 1 {
		c.laid = b.Alloc(b.Float(), out, w.Size*w.Size, in)
	}
	return c
}

// plan tells the scratch memory how much windows of images of that size take, and returns the size of
// the result.
func (c *conv) plan(batch, height, width int) (h, w int) {
	h, w = c.window.Out(height), c.window.Out(width)
	if !c.pointwise() {
		c.scratch.windows = max(c.scratch.windows, batch*h*w*c.fanIn())
	}
	return h, w
}

func (c *conv) channels() int   { return c.weight.shape[0] }
func (c *conv) fanIn() int      { return c.weight.shape[1] * c.window.Size * c.window.Size }
func (c *conv) pointwise() bool { return c.window == compute.Window{Size: 1, Stride: 1} }

// positions views images as a matrix, a row for each position.
func positions(x compute.Tensor) compute.Tensor {
	return x.Reshape(x.Len()/x.Dim(3), x.Dim(3))
}

// convolution is how compute's convolutions do it.
func (c *conv) convolution() compute.Convolution {
	return compute.Convolution{Window: c.window, Patches: c.scratch.window, Weights: c.laid}
}

// weights views the weights, or their gradient, as PyTorch does.
func (c *conv) weights(w compute.Tensor) compute.Tensor { return w.Reshape(c.weight.shape...) }

// forward sets y (B × OH × OW × out) to the convolution of x, finished by e. The bias is e's too.
func (c *conv) forward(y, x compute.Tensor, e compute.Epilogue) {
	c.x = x
	if c.bias != nil {
		e.Bias = c.bias.Value
	}
	compute.ConvolveFinish(c.b, y, x, c.weights(c.weight.Value), c.convolution(), e)
}

// backward sets the gradients of weight and bias from dy, the gradient of the last result, and dx
// unless it is Tensor{}. A pointwise convolution can add to the old dx instead: accumulate.
func (c *conv) backward(dx, dy compute.Tensor, accumulate bool) {
	c.gradients(dy)
	switch {
	case !dx.Valid():
	case accumulate:
		w := c.weight.Value.Reshape(c.channels(), c.fanIn())
		c.b.Matmul(positions(dx), positions(dy), w, false, false, 1, 1)
	default:
		compute.ConvolveInput(c.b, dx, dy, c.weights(c.weight.Value), c.convolution())
	}
}

// gradients sets those of weight and bias.
func (c *conv) gradients(dy compute.Tensor) {
	if c.bias != nil && c.pointwise() {
		compute.LinearGradient(c.b, c.weight.Grad.Reshape(c.channels(), c.fanIn()), c.bias.Grad, positions(dy), positions(c.x))
		return
	}
	if c.bias != nil {
		c.b.Reduce(compute.Sum, c.bias.Grad, positions(dy), compute.Columns, false)
	}
	compute.ConvolveWeight(c.b, c.weights(c.weight.Grad), dy, c.x, c.convolution())
}

// flop is the number of floating-point operations of one product with a batch of n images of that
// size.
func (c *conv) flop(n, height, width int) float64 {
	return 2 * float64(n) * float64(c.window.Out(height)*c.window.Out(width)) * float64(c.channels()) * float64(c.fanIn())
}
