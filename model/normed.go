package model

import "noise2sparse/compute"

// normed is a convolution without bias and what follows it in a residual network:
//
//	pre = conv(x);  out = BN(pre) [+ residual], then relu where it has one        (B × H × W × C)
type normed struct {
	b             compute.Backend
	conv          *conv
	norm          *batchNorm
	relu          bool
	scratch       *scratch
	height, width int            // of the input
	pre, out      compute.Tensor // of the largest batch, for training
}

func newNormed(b compute.Backend, ps *Params, conv, norm string, in, out int, w compute.Window, relu bool, s *scratch) *normed {
	l := &normed{b: b, conv: newConv(b, ps, conv, in, out, w, false, s), relu: relu, scratch: s}
	l.norm = newBatchNorm(b, ps, norm, out)
	return l
}

// plan prepares for images of that size, and returns the size of the result. For training it allocates
// what the backward pass needs.
func (l *normed) plan(batch, height, width int, train bool) (h, w int) {
	l.height, l.width = height, width
	h, w = l.conv.plan(batch, height, width)
	l.scratch.need(batch, h, w, l.conv.channels())
	if train {
		l.pre = l.b.Alloc(l.b.Float(), batch, h, w, l.conv.channels())
		l.out = l.b.Alloc(l.b.Float(), batch, h, w, l.conv.channels())
	}
	return h, w
}

// forward returns a training batch's output; residual may be Tensor{}.
func (l *normed) forward(x, residual compute.Tensor) compute.Tensor {
	pre, out := l.pre.Head(x.Dim(0)), l.out.Head(x.Dim(0))
	l.conv.forward(pre, x, compute.Epilogue{})
	e := l.norm.measure(positions(pre))
	compute.Finish(l.b, positions(out), positions(pre), l.epilogue(e, residual))
	return out
}

// evaluate returns the output for x with the running statistics, in one of the scratch images.
func (l *normed) evaluate(image int, x, residual compute.Tensor) compute.Tensor {
	w := l.conv.window
	y := l.scratch.image(image, x.Dim(0), w.Out(x.Dim(1)), w.Out(x.Dim(2)), l.conv.channels())
	l.conv.forward(y, x, l.epilogue(l.norm.running(), residual))
	return y
}

func (l *normed) epilogue(e compute.Epilogue, residual compute.Tensor) compute.Epilogue {
	if residual.Valid() {
		e.Residual = positions(residual)
	}
	e.ReLU = l.relu
	return e
}

// mask takes the gradient of the last output to that before the ReLU, in place.
func (l *normed) mask(d compute.Tensor) {
	compute.ReLUBackward(l.b, positions(d), compute.Tensor{}, positions(d), positions(l.out.Head(d.Dim(0))))
}

// backward takes d, the gradient of the last output before its ReLU, to dpre, that of the
// convolution's result, and this to dx unless that is Tensor{}; see conv. dpre may be d.
func (l *normed) backward(dx, dpre, d compute.Tensor, accumulate bool) {
	l.norm.backward(positions(dpre), positions(d))
	l.conv.backward(dx, dpre, accumulate)
}
