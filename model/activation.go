package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

// Activation is a hidden layer's nonlinearity, with the bias and the counting of active neurons.
type Activation interface {
	// Forward sets y = f(y + bias) in place (b × n) and adds to a what was active. bias [n] may
	// be Tensor{}.
	Forward(b compute.Backend, y, bias compute.Tensor, a Activity)

	// Backward sets dpre from dpost (they may be one tensor) and post, and dbias [n] to its
	// column sums unless that is Tensor{}.
	Backward(b compute.Backend, dpre, dbias, dpost, post compute.Tensor)
}

// Activations are the known activations, by the name of `model.activation`.
var Activations = registry.New[Activation]("activations")
