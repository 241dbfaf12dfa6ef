package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

// Activation is a hidden layer's nonlinearity, with the product and the bias before it: that leaves
// it free to do them in one pass.
type Activation interface {
	// Forward sets y = f(x wᵀ + bias), y (b × n), x (b × d), w (n × d), and adds to a what was
	// active. bias [n] may be Tensor{}.
	Forward(b compute.Backend, y, x, w, bias compute.Tensor, a Activity)

	// Backward sets dpre = f'(pre) ∘ (dy v), where dy (b × m) is the gradient of the layer behind
	// and v (m × n) its weights, and dbias [n] to its column sums unless that is Tensor{}. post is
	// what Forward has computed.
	Backward(b compute.Backend, dpre, dbias, dy, v, post compute.Tensor)
}

// Activations are the known activations, by the name of `model.activation`.
var Activations = registry.New[Activation]("activations")
