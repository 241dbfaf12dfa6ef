package model

import (
	"fmt"

	"noise2sparse/compute"
)

// linear is y = x Wᵀ, with W (out × in). The bias, where there is one, is added by what follows,
// in one pass with the activation or the loss's input.
//
// A tied one has the weights of another layer, transposed: y = x W with W (in × out).
type linear struct {
	b      compute.Backend
	weight *Param
	tied   bool
	bias   *Param // nil without a bias
	x      compute.Tensor
}

// newLinear declares <name>.weight and, with a bias, <name>.bias.
func newLinear(b compute.Backend, ps *Params, name string, in, out int, bias bool) *linear {
	l := &linear{b: b}
	l.weight = &Param{Name: name + ".weight", shape: []int{out, in}, init: UniformFanIn(in)}
	ps.List = append(ps.List, l.weight)
	if bias {
		l.bias = &Param{Name: name + ".bias", shape: []int{out}, init: UniformFanIn(in)}
		ps.List = append(ps.List, l.bias)
	}
	return l
}

// newTied is a layer with the weights of another one (in × out), and a bias of its own, if any.
func newTied(b compute.Backend, ps *Params, name string, weight *Param, bias bool) *linear {
	in, out := weight.shape[0], weight.shape[1]
	l := &linear{b: b, weight: weight, tied: true}
	if bias {
		l.bias = &Param{Name: name + ".bias", shape: []int{out}, init: UniformFanIn(in)}
		ps.List = append(ps.List, l.bias)
	}
	return l
}

// forward sets y (b × out) to x Wᵀ and keeps x (b × in) for backward.
func (l *linear) forward(y, x compute.Tensor) {
	l.x = x
	l.b.Matmul(y, x, l.weight.Value, false, !l.tied, 1, 0)
}

// backward sets the weight's gradient to dyᵀ x; a tied layer adds xᵀ dy to what the weight's owner
// has set before. The gradient of the input is up to what is before.
func (l *linear) backward(dy compute.Tensor) {
	if l.tied {
		l.b.Matmul(l.weight.Grad, l.x, dy, true, false, 1, 1)
		return
	}
	l.b.Matmul(l.weight.Grad, dy, l.x, true, false, 1, 0)
}

// forwardBias is forward with the bias, y = x Wᵀ + b, of a layer that has one and is not tied.
func (l *linear) forwardBias(y, x compute.Tensor) {
	l.x = x
	compute.LinearFinish(l.b, y, x, l.weight.Value, compute.Epilogue{Bias: l.bias.Value})
}

// backwardBias is backward with the bias's gradient, of such a layer.
func (l *linear) backwardBias(dy compute.Tensor) {
	compute.LinearGradient(l.b, l.weight.Grad, l.bias.Grad, dy, l.x)
}

// biasValue returns the bias, or Tensor{}.
func (l *linear) biasValue() compute.Tensor {
	if l.bias == nil {
		return compute.Tensor{}
	}
	return l.bias.Value
}

func (l *linear) biasGrad() compute.Tensor {
	if l.bias == nil {
		return compute.Tensor{}
	}
	return l.bias.Grad
}

// Hidden is a hidden layer: post = f(x Wᵀ + b).
type Hidden struct {
	Name     string // "hidden.0"
	Width    int    // neurons
	Weight   *Param
	Bias     *Param      // nil without a bias
	Activity [2]Activity // by Mode
	Stages   []*Stage    // what is measured on the way to Post; mostly none
	Post     compute.Tensor

	*linear
	act   Activation
	fused LinearActivation // act, where it can do the products too
	post  compute.Tensor   // (batch × width), the largest batch
	pre   compute.Tensor   // the same; post itself unless act needs it
	dpre  compute.Tensor
	mask  compute.Tensor // which neurons are active, or Tensor{}: see compute.ReLUMask

	modal   modal       // act, where it differs between the modes; else nil
	circuit *inhibited  // act, where it is an inhibitory circuit
	shared  *sharedBias // nil, or one bias for all neurons
	drop    *dropout    // nil: nothing is dropped
	l1      *activityL1 // nil: activity is free
}

// Activity counts how a layer's neurons fired since the last reset.
type Activity struct {
	Fired compute.Tensor // Float64 [n]: number of samples for which each neuron was active
	Total compute.Tensor // Float64 [n]: sum of each neuron's activations
}

// Reset sets the counts to zero.
func (a Activity) Reset(b compute.Backend) {
	b.Fill(a.Fired, 0)
	b.Fill(a.Total, 0)
}

func newHidden(b compute.Backend, ps *Params, index, in, out int, bias bool, act Activation) *Hidden {
	h := &Hidden{Name: fmt.Sprintf("hidden.%d", index), Width: out, act: act}
	h.linear = newLinear(b, ps, h.Name, in, out, bias)
	h.Weight, h.Bias = h.weight, h.bias
	h.fused, _ = act.(LinearActivation)
	h.modal, _ = act.(modal)
	return h
}

// allocate reserves the activations for the largest batch.
func (h *Hidden) allocate(batch int) {
	h.post = h.b.Alloc(h.b.Float(), batch, h.Width)
	h.pre = h.post
	if h.act.NeedsPre() {
		h.pre = h.b.Alloc(h.b.Float(), batch, h.Width)
	}
	h.dpre = h.b.Alloc(h.b.Float(), batch, h.Width)
	if h.fused != nil && h.drop == nil && h.l1 == nil {
		h.mask = compute.ReLUMask(h.b, batch, h.Width)
	}
	for m := range h.Activity {
		h.Activity[m] = NewActivity(h.b, h.Width)
	}
	if h.circuit != nil {
		h.circuit.allocate(h.b, batch)
		h.Stages = append(h.Stages, h.circuit.before)
	}
}

// forward returns the activations (b × width) for x (b × in), less what is dropped, and counts them.
func (h *Hidden) forward(x compute.Tensor, m Mode) compute.Tensor {
	h.x, h.Post = x, h.post.Head(x.Rows())
	h.shared.repeat(h.b)
	if h.modal != nil {
		h.modal.setMode(m)
	}
	if h.fused != nil {
		h.fused.ForwardLinear(h.b, h.Post, x, h.weight.Value, h.biasValue(), h.Activity[m], h.mask)
		return h.drop.forward(h.b, h.Post, m)
	}
	pre := h.pre.Head(x.Rows())
	h.linear.forward(pre, x)
	h.act.Forward(h.b, h.Post, pre, h.biasValue(), h.Activity[m])
	if h.circuit != nil {
		h.circuit.count(h.b, x.Rows(), m)
	}
	return h.drop.forward(h.b, h.Post, m)
}

// Input is what the last forward pass multiplied the weights with (b × in).
func (h *Hidden) Input() compute.Tensor { return h.x }

// backwardFrom takes dy, the gradient of the layer behind with weights v, through the activation: it
// sets the gradients of weight and bias, and returns that of x Wᵀ + b (b × width). v is transposed
// where it is the weights of a tied layer.
func (h *Hidden) backwardFrom(dy, v compute.Tensor, transposed bool) compute.Tensor {
	d := h.dpre.Head(h.Post.Rows())
	if h.fused != nil && h.drop == nil && h.l1 == nil && !transposed {
		h.fused.BackwardLinear(h.b, d, h.biasGrad(), dy, v, h.Post, h.mask)
	} else {
		h.b.Matmul(d, dy, v, false, transposed, 1, 0)
		h.drop.backward(h.b, d)
		h.l1.backward(h.b, d, h.Post)
		h.act.Backward(h.b, d, h.biasGrad(), d, h.Post, h.preActivation())
	}
	h.shared.sum(h.b)
	h.linear.backward(d)
	return d
}

// biasValue returns what is added to each neuron's sum [width], or Tensor{}.
func (h *Hidden) biasValue() compute.Tensor {
	if h.shared != nil {
		return h.shared.values
	}
	return h.linear.biasValue()
}

func (h *Hidden) biasGrad() compute.Tensor {
	if h.shared != nil {
		return h.shared.grad
	}
	return h.linear.biasGrad()
}

// preActivation is what act's backward pass needs: the last pre-activations, or Tensor{}.
func (h *Hidden) preActivation() compute.Tensor {
	if !h.act.NeedsPre() {
		return compute.Tensor{}
	}
	return h.pre.Head(h.Post.Rows())
}
