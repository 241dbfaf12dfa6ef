package model

import (
	"fmt"

	"noise2sparse/compute"
)

// linear is y = x Wᵀ, with W (out × in). The bias, where there is one, is added by what follows,
// in one pass with the activation or the loss's input.
type linear struct {
	b      compute.Backend
	weight *Param
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

// forward sets y (b × out) to x Wᵀ and keeps x (b × in) for backward.
func (l *linear) forward(y, x compute.Tensor) {
	l.x = x
	l.b.Matmul(y, x, l.weight.Value, false, true, 1, 0)
}

// backward sets the weight's gradient to dyᵀ x and, where dx is wanted, dx = dy W.
func (l *linear) backward(dx, dy compute.Tensor) {
	l.b.Matmul(l.weight.Grad, dy, l.x, true, false, 1, 0)
	if dx.Valid() {
		l.b.Matmul(dx, dy, l.weight.Value, false, false, 1, 0)
	}
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
	Post     compute.Tensor

	*linear
	act   Activation
	post  compute.Tensor // (batch × width), the largest batch
	dpost compute.Tensor
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
	return h
}

// allocate reserves the activations for the largest batch.
func (h *Hidden) allocate(batch int) {
	h.post = h.b.Alloc(h.b.Float(), batch, h.Width)
	h.dpost = h.b.Alloc(h.b.Float(), batch, h.Width)
	for m := range h.Activity {
		h.Activity[m].Fired = h.b.Alloc(compute.Float64, h.Width)
		h.Activity[m].Total = h.b.Alloc(compute.Float64, h.Width)
	}
}

// forward returns the activations (b × width) for x (b × in), and counts them.
func (h *Hidden) forward(x compute.Tensor, m Mode) compute.Tensor {
	h.Post = h.post.Head(x.Rows())
	h.linear.forward(h.Post, x)
	h.act.Forward(h.b, h.Post, h.biasValue(), h.Activity[m])
	return h.Post
}

// Input is what the last forward pass multiplied the weights with (b × in).
func (h *Hidden) Input() compute.Tensor { return h.x }

// dPost is where the next layer puts the gradient of the activations.
func (h *Hidden) dPost() compute.Tensor { return h.dpost.Head(h.Post.Rows()) }

// backward turns dPost into gradients of weight and bias and, where wanted, of the input.
func (h *Hidden) backward(dx compute.Tensor) {
	d := h.dPost()
	h.act.Backward(h.b, d, h.biasGrad(), d, h.Post)
	h.linear.backward(dx, d)
}
