// Package model holds the networks and what they are made of: layers, activations, noise. Layers
// have hand-written backward passes, built from the operations of compute, so they run on every
// backend.
package model

import (
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

// Mode says what a forward pass is for.
type Mode uint8

// The modes. Activity is counted separately for each.
const (
	Train Mode = iota
	Eval
)

// Spec is what a network must fit: the data, the batch and the machine.
type Spec struct {
	Input, Output int // numbers per sample: in, and out (the input's width, or classes)
	Batch         int // largest number of samples at once
	Seed          uint64
	Noise         NoiseSource // nil: no noise

	// Image is the geometry of a sample, nil where samples are not images.
	Image *Image
	// Inference: there will be no training, and nothing is kept that only Backward needs.
	Inference bool

	// Keys are all training samples (N × Input), in the type of their file: what a memory recalls.
	// Networks that are no memories leave them alone.
	Keys compute.Tensor

	// ActivityThreshold is what |a| must exceed for a neuron to count as active, where the
	// activation has no zeros of its own. relu and Top-K count outputs above 0.
	ActivityThreshold float64

	// Step is the number of the training step (Int64 [1]), which dropout draws for.
	Step compute.Tensor

	// TopK is the competition of an sdm's neurons, and Deviates are the standard normal numbers that
	// rules need that sample.
	TopK     TopKConfig
	Deviates NoiseSource

	// ActivityL1 is the weight of the L1 penalty on the activations of each hidden layer; nil: none.
	ActivityL1 []float64
}

// Targeter is a network that knows better than its caller what a reconstruction is compared with.
type Targeter interface {
	// Target is what the output for the clean inputs x of the last Forward is compared with.
	Target(x compute.Tensor) compute.Tensor
}

// Network maps a batch of samples to outputs, and knows how to learn.
type Network interface {
	// Params are the trained tensors.
	Params() *Params

	// State is what else a checkpoint must hold for the network to go on bit for bit: counters,
	// carried gradients. Most networks have none.
	State() []State

	// Hidden are the hidden layers, from the input on: what sparsity is measured on.
	Hidden() []*Hidden

	// Forward computes outputs (b × out) from clean inputs x (b × in), b at most Spec.Batch. The
	// result and the layers' activations stay valid until the next Forward.
	Forward(x compute.Tensor, m Mode) compute.Tensor

	// Backward sets all gradients from that of the outputs of the last Forward (overwritten).
	Backward(dout compute.Tensor)

	// MatmulFLOP is the number of floating-point operations (a multiply-add is two) of the matrix
	// products of one training step with a batch of n.
	MatmulFLOP(n int) float64

	// EndEpoch is called after each training epoch: what changes with epochs, changes now.
	EndEpoch()
}

// State is a named tensor of a network's state.
type State struct {
	Name   string // "top_k.activation_counters"
	Tensor compute.Tensor
	// WithWeights: the network is not whole without it, so it goes where the weights go, such as the
	// running statistics of batch normalisation.
	WithWeights bool
}

// Networks are the known network families: constructors by the name of `model.kind`.
var Networks = registry.New[func(compute.Backend, Config, Spec) Network]("networks")

// New builds the network that c describes, with initialised parameters.
func New(b compute.Backend, c Config, s Spec) (Network, error) {
	e, err := Networks.Get(c.Kind)
	if err != nil {
		return nil, fmt.Errorf("model.kind: %w", err)
	}
	if s.Input < 1 || s.Output < 1 || s.Batch < 1 {
		return nil, fmt.Errorf("a network from %d inputs to %d outputs for batches of %d: all must be positive", s.Input, s.Output, s.Batch)
	}
	if err := c.checkKeys(s); err != nil {
		return nil, err
	}
	if err := c.fit(s.Input, s.Output); err != nil {
		return nil, err
	}
	if err := c.FitImages(s.Input, s.Image); err != nil {
		return nil, err
	}
	return e.Value(b, c, s), nil
}
