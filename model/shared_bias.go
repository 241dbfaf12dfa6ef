package model

import "noise2sparse/compute"

// sharedBias is one trained number that all neurons of a layer have as their bias. The layer's
// passes see a bias vector: the number repeated, and a gradient for each neuron, whose sum is the
// number's gradient.
type sharedBias struct {
	param        *Param         // [1]
	zeros        compute.Tensor // [n]
	values, grad compute.Tensor // [n]
}

// shareBias gives the layer, made without a bias, one for all neurons: <name>.shared_bias.
func (h *Hidden) shareBias(ps *Params) {
	p := &Param{Name: h.Name + ".shared_bias", shape: []int{1}, init: h.weight.init}
	ps.List = append(ps.List, p)
	h.Bias = p
	vector := func() compute.Tensor { return h.b.Alloc(h.b.Float(), h.Width) }
	h.shared = &sharedBias{param: p, zeros: vector(), values: vector(), grad: vector()}
}

// repeat sets the bias vector to the trained number.
func (s *sharedBias) repeat(b compute.Backend) {
	if s != nil {
		b.Binary(compute.Add, s.values, s.zeros, s.param.Value)
	}
}

// sum sets the trained number's gradient to the sum of the neurons'.
func (s *sharedBias) sum(b compute.Backend) {
	if s != nil {
		b.Reduce(compute.Sum, s.param.Grad, s.grad, compute.All, false)
	}
}
