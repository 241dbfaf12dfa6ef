package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

// Activation is a hidden layer's nonlinearity, with the bias before it and the counting of active
// neurons.
type Activation interface {
	// NeedsPre tells whether Backward needs the pre-activations; if not, they are overwritten.
	NeedsPre() bool

	// Forward sets pre = pre + bias and post = f(pre), all (b × n), and adds to a what is active.
	// pre and post are one tensor unless NeedsPre. bias [n] may be Tensor{}.
	Forward(b compute.Backend, post, pre, bias compute.Tensor, a Activity)

	// Backward sets dpre = f'(pre) ∘ dpost (they may be one tensor), and dbias [n] to its column
	// sums unless that is Tensor{}. pre is Tensor{} unless NeedsPre.
	Backward(b compute.Backend, dpre, dbias, dpost, post, pre compute.Tensor)
}

// LinearActivation is an Activation that can do the product before it, and the one behind it on the
// way back, in the same pass. Hidden layers use it where nothing comes between.
type LinearActivation interface {
	Activation

	// ForwardLinear is Forward of pre = x wᵀ, x (b × d), w (n × d).
	ForwardLinear(b compute.Backend, post, x, w, bias compute.Tensor, a Activity, mask compute.Tensor)

	// BackwardLinear is Backward of dpost = dy v, dy (b × m), v (m × n), with the mask of the last
	// ForwardLinear, which compute.ReLUMask has reserved.
	BackwardLinear(b compute.Backend, dpre, dbias, dy, v, post, mask compute.Tensor)
}

// LayerSpec is the hidden layer that an activation is made for.
type LayerSpec struct {
	Batch, Width int     // the largest batch, and the neurons
	Threshold    float64 // smooth activations: a neuron is active where |a| is above this

	// For activations with constants or parameters of their own.
	Name   string // "hidden.0": what parameters' names begin with
	Config *Config
	Params *Params
}

// modal is an Activation that differs between training and evaluation: it is told before Forward.
type modal interface{ setMode(m Mode) }

// stateful is an Activation with State for checkpoints.
type stateful interface{ State() []State }

// NewActivation makes the activation of one layer.
type NewActivation func(b compute.Backend, l LayerSpec) Activation

// Activations are the known activations, by the name of `model.activation`.
var Activations = registry.New[NewActivation]("activations")
