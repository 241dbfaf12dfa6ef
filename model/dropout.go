package model

import "noise2sparse/compute"

// dropout sets each output of a layer to 0 with probability p in training and multiplies the others
// by 1/(1 − p) (Srivastava et al. 2014, in the form that leaves evaluation alone). What is dropped
// depends on the seed, the step and the layer. Activity is counted before.
type dropout struct {
	p       float64
	seed    uint64
	purpose compute.Purpose
	step    compute.Tensor // Int64 [1]
	mask    compute.Tensor // (batch × n)
	kept    compute.Tensor // (batch × n)
	on      bool           // in the last forward pass
}

// dropOut makes the layer drop its outputs.
func (h *Hidden) dropOut(p float64, index int, s Spec) {
	h.drop = &dropout{
		p: p, seed: s.Seed, purpose: compute.PurposeDropout + compute.Purpose(index), step: s.Step,
		mask: h.b.Alloc(h.b.Float(), s.Batch, h.Width), kept: h.b.Alloc(h.b.Float(), s.Batch, h.Width),
	}
}

// forward returns what is left of post.
func (d *dropout) forward(b compute.Backend, post compute.Tensor, m Mode) compute.Tensor {
	if d == nil {
		return post
	}
	if d.on = m == Train; !d.on {
		return post
	}
	mask, kept := d.mask.Head(post.Rows()), d.kept.Head(post.Rows())
	b.KeepMask(mask, d.p, d.seed, d.purpose, d.step)
	b.Binary(compute.Mul, kept, post, mask)
	return kept
}

// backward turns the gradient of what was left into that of post, in place.
func (d *dropout) backward(b compute.Backend, g compute.Tensor) {
	if d != nil && d.on {
		b.Binary(compute.Mul, g, g, d.mask.Head(g.Rows()))
	}
}
