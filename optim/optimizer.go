// Package optim holds the optimizers: how parameters follow their gradients.
package optim

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

// Params are the parameters to step: all of a network's, one behind the other, so that one pass
// treats them all. Gaps between parameters have gradient 0.
type Params struct {
	Values compute.Tensor // [P]
	Grads  compute.Tensor // [P]
	List   []Param
}

// Param is one parameter's place in the flat tensors.
type Param struct {
	Name   string
	Lo, Hi int   // elements Lo to Hi (exclusive)
	Shape  []int // (out × in) for weights, [n] for biases
}

// View returns p's part of a flat tensor that is laid out like Values.
func (p Param) View(flat compute.Tensor) compute.Tensor {
	return flat.Slice(p.Lo, p.Hi).Reshape(p.Shape...)
}

// Optimizer steps all parameters of a network.
type Optimizer interface {
	// Scalars says how many numbers Step needs that change from step to step.
	Scalars() int

	// Schedule fills row (Scalars long) with the numbers of step t, counted from 1, at learning
	// rate lr. The host does it for a whole epoch ahead, in float64; the device reads its row.
	Schedule(row []float64, t uint64, lr float64)

	// Step moves the parameters against their gradients, which are undefined afterwards. clip,
	// Float [1], is the factor of gradient clipping; scalars is the step's row.
	Step(clip, scalars compute.Tensor)

	// State is everything that a checkpoint must hold, laid out like Params.
	State() []State
}

// State is one of an optimizer's flat tensors.
type State struct {
	Name string // PyTorch's name for it: "exp_avg"
	Flat compute.Tensor
}

// Optimizers are the known optimizers: constructors by the name of `optimizer.kind`.
var Optimizers = registry.New[func(compute.Backend, Config, Params) Optimizer]("optimizers")

// New makes the optimizer that c describes for these parameters.
func New(b compute.Backend, c Config, ps Params) (Optimizer, error) {
	e, err := Optimizers.Get(c.Kind)
	if err != nil {
		return nil, err
	}
	return e.Value(b, c, ps), nil
}
