package model

import "noise2sparse/compute"

// bottleneck is a block of a residual network. s is 1 or the stage's stride:
//
//	a = relu(BN(conv 1×1 (x)));  b = relu(BN(conv 3×3, stride s (a)))
//	y = relu(BN(conv 1×1 (b)) + shortcut),   shortcut = x, or BN(conv 1×1, stride s (x))
type bottleneck struct {
	b                    compute.Backend
	first, middle, third *normed
	shortcut             *normed // nil: x itself
	scratch              *scratch
}

type bottleneckShape struct {
	in, inner, out, stride int
	project                bool // the shortcut is a convolution
}

func newBottleneck(b compute.Backend, ps *Params, name string, c bottleneckShape, s *scratch) *bottleneck {
	one, three := compute.Window{Size: 1, Stride: 1}, compute.Window{Size: 3, Stride: c.stride, Pad: 1}
	k := &bottleneck{b: b, scratch: s}
	k.first = newNormed(b, ps, name+"conv1", name+"bn1", c.in, c.inner, one, true, s)
	k.middle = newNormed(b, ps, name+"conv2", name+"bn2", c.inner, c.inner, three, true, s)
	k.third = newNormed(b, ps, name+"conv3", name+"bn3", c.inner, c.out, one, true, s)
	if c.project {
		k.shortcut = newNormed(b, ps, name+"downsample.0", name+"downsample.1", c.in, c.out, compute.Window{Size: 1, Stride: c.stride}, false, s)
	}
	return k
}

func (k *bottleneck) layers() []*normed {
	out := []*normed{k.first, k.middle, k.third}
	if k.shortcut != nil {
		out = append(out, k.shortcut)
	}
	return out
}

func (k *bottleneck) plan(batch, height, width int, train bool) (h, w int) {
	h, w = k.first.plan(batch, height, width, train)
	h, w = k.middle.plan(batch, h, w, train)
	h, w = k.third.plan(batch, h, w, train)
	if k.shortcut != nil {
		k.shortcut.plan(batch, height, width, train)
	}
	return h, w
}

// forward returns a training batch's output.
func (k *bottleneck) forward(x compute.Tensor) compute.Tensor {
	short := x
	if k.shortcut != nil {
		short = k.shortcut.forward(x, compute.Tensor{})
	}
	none := compute.Tensor{}
	return k.third.forward(k.middle.forward(k.first.forward(x, none), none), short)
}

// evaluate takes x, the current scratch image, to the output, which is the current one then.
func (k *bottleneck) evaluate(x compute.Tensor) compute.Tensor {
	none := compute.Tensor{}
	b := k.middle.evaluate(second, k.first.evaluate(inner, x, none), none)
	if k.shortcut != nil {
		return k.third.evaluate(current, b, k.shortcut.evaluate(inner, x, none))
	}
	y := k.third.evaluate(inner, b, x)
	k.scratch.advance(inner)
	return y
}

// backward takes d, the output's gradient in the current scratch image, to the input's, which is the
// current one then.
func (k *bottleneck) backward(d compute.Tensor) compute.Tensor {
	s, n := k.scratch, d.Dim(0)
	k.third.mask(d)
	db := s.like(second, k.middle.out.Head(n))
	k.third.backward(db, s.like(inner, d), d, false)
	k.middle.mask(db)
	da := s.like(inner, k.first.out.Head(n))
	k.middle.backward(da, db, db, false)
	k.first.mask(da)
	if k.shortcut == nil {
		k.first.backward(d, da, da, true)
		return d
	}
	dx := s.like(second, k.first.conv.x)
	k.shortcut.backward(dx, d, d, false)
	k.first.backward(dx, da, da, true)
	s.advance(second)
	return dx
}
