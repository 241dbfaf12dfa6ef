package model

import "noise2sparse/compute"

// mixing is a layer of a ConvMixer: a convolution with bias, GELU, batch normalisation, and in a
// depthwise layer the sum with its input.
//
//	pre = conv(x) + bias;  act = GELU(pre);  out = BN(act) [+ residual]        all (B × H × W × C)
type mixing struct {
	b             compute.Backend
	conv          *conv      // or
	depthwise     *depthwise // that
	norm          *batchNorm
	pre, act, out compute.Tensor // of the largest batch, for training
	rows          int            // of the last batch
}

func newMixing(b compute.Backend, ps *Params, name, norm string, in, out int, w compute.Window, s *scratch) *mixing {
	l := &mixing{b: b, conv: newConv(b, ps, name, in, out, w, true, s)}
	l.norm = newBatchNorm(b, ps, norm, out)
	return l
}

func newDepthwiseMixing(b compute.Backend, ps *Params, name, norm string, channels, kernel int) *mixing {
	l := &mixing{b: b, depthwise: newDepthwise(b, ps, name, channels, kernel)}
	l.norm = newBatchNorm(b, ps, norm, channels)
	return l
}

func (l *mixing) allocate(batch, h, w, channels int) {
	for _, t := range []*compute.Tensor{&l.pre, &l.act, &l.out} {
		*t = l.b.Alloc(l.b.Float(), batch, h, w, channels)
	}
}

func (l *mixing) convolve(y, x compute.Tensor, e compute.Epilogue) {
	if l.depthwise != nil {
		l.depthwise.forward(y, x, e)
		return
	}
	l.conv.forward(y, x, e)
}

// forward returns a training batch's output; residual may be Tensor{}.
func (l *mixing) forward(x, residual compute.Tensor) compute.Tensor {
	l.rows = x.Dim(0)
	pre, act, out := l.pre.Head(l.rows), l.act.Head(l.rows), l.out.Head(l.rows)
	l.convolve(pre, x, compute.Epilogue{})
	compute.Finish(l.b, positions(act), positions(pre), compute.Epilogue{GELU: true})
	e := l.norm.measure(positions(act))
	if residual.Valid() {
		e.Residual = positions(residual)
	}
	compute.Finish(l.b, positions(out), positions(act), e)
	return out
}

// evaluate sets y to the output for x, with the running statistics, in one pass.
func (l *mixing) evaluate(y, x, residual compute.Tensor) {
	e := l.norm.running()
	e.GELU = true
	if residual.Valid() {
		e.Residual = positions(residual)
	}
	l.convolve(y, x, e)
}

// backward takes dout, the gradient of the last output, to dx, that of the input, unless that is
// Tensor{}; dout is overwritten.
func (l *mixing) backward(dx, dout compute.Tensor, s *scratch) {
	l.backwardActivation(dout, s)
	l.conv.backward(dx, dout, false)
}

// backwardOnto adds to dx what reaches the input through a depthwise layer; dout is overwritten.
func (l *mixing) backwardOnto(dx, dout compute.Tensor, s *scratch) {
	l.backwardActivation(dout, s)
	t := s.like(second, dout)
	l.depthwise.backward(t, dout)
	l.b.Binary(compute.Add, dx, dx, t)
}

// backwardActivation takes the gradient of the output to that of pre, in place.
func (l *mixing) backwardActivation(d compute.Tensor, s *scratch) {
	l.norm.backward(positions(d), positions(d))
	slope := s.like(second, d)
	l.b.Unary(compute.GELUSlope, slope, l.pre.Head(l.rows))
	l.b.Binary(compute.Mul, d, d, slope)
}
