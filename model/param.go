package model

import (
	"math"

	"noise2sparse/compute"
)

// Param is a trained tensor with its gradient.
type Param struct {
	Name  string // "hidden.0.weight"
	Value compute.Tensor
	Grad  compute.Tensor

	LR     float64 // learning rate of its own; 0: the optimizer's
	Frozen bool    // the optimizer leaves it alone

	// Constraint is what must hold of Value after each step, and also where Frozen.
	Constraint compute.Constraint

	shape []int
	init  Init
	slot  int // elements from the start of the flat tensors
}

// Init fills a new parameter.
type Init func(b compute.Backend, value compute.Tensor, seed uint64, purpose compute.Purpose)

// UniformFanIn is PyTorch's default initialisation of torch.nn.Linear, for weights and biases
// alike: uniform in ±1/√fanIn, where fanIn is the number of the layer's inputs.
func UniformFanIn(fanIn int) Init {
	return func(b compute.Backend, value compute.Tensor, seed uint64, purpose compute.Purpose) {
		bound := 1 / math.Sqrt(float64(fanIn))
		b.Uniform(value, -bound, bound, seed, purpose)
	}
}

// Params are all parameters of a network. They lie one behind the other in one flat tensor, the
// gradients in a second one in the same order, so that an optimizer can treat all of them in one
// pass. Gaps between them are zero and stay zero.
type Params struct {
	List   []*Param
	Values compute.Tensor // [P], all parameters
	Grads  compute.Tensor // [P]
}

// slotAlign is the alignment of each parameter in the flat tensors, in elements: a cache line of
// float32, and CUDA's widest load.
const slotAlign = 32

// materialise allocates the flat tensors, cuts them, and initialises the values: parameter i with
// the random stream of PurposeInit + i.
func (ps *Params) materialise(b compute.Backend, seed uint64) {
	n := 0
	for _, p := range ps.List {
		p.slot = n
		n += (elements(p.shape) + slotAlign - 1) / slotAlign * slotAlign
	}
	ps.Values = b.Alloc(b.Float(), n)
	ps.Grads = b.Alloc(b.Float(), n)
	for i, p := range ps.List {
		p.Value = ps.View(ps.Values, p)
		p.Grad = ps.View(ps.Grads, p)
		p.init(b, p.Value, seed, compute.PurposeInit+compute.Purpose(i))
	}
}

// View returns p's part of a flat tensor that is laid out like Values, such as a moment.
func (ps *Params) View(flat compute.Tensor, p *Param) compute.Tensor {
	lo, hi := ps.Range(p)
	return flat.Slice(lo, hi).Reshape(p.shape...)
}

// Range returns where p lies in the flat tensors: elements lo to hi (exclusive).
func (ps *Params) Range(p *Param) (lo, hi int) { return p.slot, p.slot + elements(p.shape) }

// Project moves all parameters to where their constraints allow. Training begins with it; from then on
// the optimizer's steps do it.
func (ps *Params) Project(b compute.Backend) {
	for _, p := range ps.List {
		p.Constraint.Restore(b, p.Value)
	}
}

// Count is the number of trained numbers, without gaps.
func (ps *Params) Count() int {
	n := 0
	for _, p := range ps.List {
		n += elements(p.shape)
	}
	return n
}

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
