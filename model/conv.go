package model

import "noise2sparse/compute"

// conv is a convolution of images with channels last, x (B × H × W × in), as a product: with the
// windows of x as rows p (positions × k·k·in),
//
//	y = p Wᵀ        y (B × OH × OW × out), W (out × k·k·in)
//
// Weights lie as PyTorch has them, (out × in × k × k), and are laid out for the product anew in each
// pass. For 1×1 kernels with stride 1 both layouts are the images and weights themselves.
type conv struct {
	b            compute.Backend
	weight, bias *Param // bias is nil without one
	window       compute.Window
	scratch      *scratch
	laid, grad   compute.Tensor // (out × k·k × in): weights and their gradient in the order of windows
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
		c.grad = b.Alloc(b.Float(), out, w.Size*w.Size, in)
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

// rows are the windows of x.
func (c *conv) rows(x compute.Tensor) compute.Tensor {
	if c.pointwise() {
		return positions(x)
	}
	n := x.Dim(0) * c.window.Out(x.Dim(1)) * c.window.Out(x.Dim(2))
	p := c.scratch.patches(n, c.fanIn())
	c.b.Patches(p, x, c.window)
	return p
}

// matrix are the weights as rows for the product.
func (c *conv) matrix() compute.Tensor {
	w := c.weight.Value
	out, in := c.weight.shape[0], c.weight.shape[1]
	if c.window.Size > 1 {
		c.b.Transpose(c.laid, w.Reshape(out, in, c.window.Size*c.window.Size))
		w = c.laid
	}
	return w.Reshape(out, c.fanIn())
}

// forward sets y (B × OH × OW × out) to the convolution of x, finished by e. The bias is e's too.
func (c *conv) forward(y, x compute.Tensor, e compute.Epilogue) {
	c.x = x
	if c.bias != nil {
		e.Bias = c.bias.Value
	}
	compute.LinearFinish(c.b, positions(y), c.rows(x), c.matrix(), e)
}

// backward sets the gradients of weight and bias from dy, the gradient of the last result, and dx
// unless it is Tensor{}. A pointwise convolution can add to the old dx instead: accumulate.
func (c *conv) backward(dx, dy compute.Tensor, accumulate bool) {
	b, d := c.b, positions(dy)
	if c.bias != nil {
		b.Reduce(compute.Sum, c.bias.Grad, d, compute.Columns, false)
	}
	out, in := c.weight.shape[0], c.weight.shape[1]
	if c.window.Size > 1 {
		b.Matmul(c.grad.Reshape(out, c.fanIn()), d, c.rows(c.x), true, false, 1, 0)
		b.Transpose(c.weight.Grad.Reshape(out, in, c.window.Size*c.window.Size), c.grad)
	} else {
		b.Matmul(c.weight.Grad.Reshape(out, in), d, c.rows(c.x), true, false, 1, 0)
	}
	if !dx.Valid() {
		return
	}
	if c.pointwise() {
		beta := 0.0
		if accumulate {
			beta = 1
		}
		b.Matmul(positions(dx), d, c.matrix(), false, false, 1, beta)
		return
	}
	p := c.scratch.patches(d.Rows(), c.fanIn())
	b.Matmul(p, d, c.matrix(), false, false, 1, 0)
	b.SumPatches(dx, p, c.window)
}

// flop is the number of floating-point operations of one product with a batch of n images of that
// size.
func (c *conv) flop(n, height, width int) float64 {
	return 2 * float64(n) * float64(c.window.Out(height)*c.window.Out(width)) * float64(c.channels()) * float64(c.fanIn())
}
