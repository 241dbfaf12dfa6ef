package model

import "noise2sparse/compute"

// activityL1 is a layer's term of the loss, λ · mean over the batch of Σ_j |post_j|. Its gradient
// λ/b · sign(post) is added here, on the way back; the term itself is the objective's.
type activityL1 struct {
	lambda float64
	sign   compute.Tensor // (batch × n)
}

// penalise adds the term to the layer.
func (h *Hidden) penalise(lambda float64, batch int) {
	h.l1 = &activityL1{lambda: lambda, sign: h.b.Alloc(h.b.Float(), batch, h.Width)}
}

// ActivityL1 is the weight λ of the layer's term of the loss, λ · mean over the batch of
// Σ_j |post_j|; 0 without one.
func (h *Hidden) ActivityL1() float64 {
	if h.l1 == nil {
		return 0
	}
	return h.l1.lambda
}

// backward adds the term's gradient to that of post.
func (l *activityL1) backward(b compute.Backend, g, post compute.Tensor) {
	if l == nil {
		return
	}
	sign := l.sign.Head(post.Rows())
	b.Unary(compute.Sign, sign, post)
	b.Axpby(l.lambda/float64(post.Rows()), sign, 1, g)
}
