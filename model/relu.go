package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Activations.Register(registry.Entry[Activation]{
		Name: "relu", Reference: "ReLU", Value: relu{},
		Doc: "max(x, 0); derivative 0 at 0; a neuron is active where its output is above 0",
	})
}

// relu is f(x) = max(x, 0) with f'(0) = 0. NaN passes through.
type relu struct{}

func (relu) Forward(b compute.Backend, y, x, w, bias compute.Tensor, a Activity) {
	compute.LinearReLU(b, y, x, w, bias, a.Fired, a.Total)
}

func (relu) Backward(b compute.Backend, dpre, dbias, dy, v, post compute.Tensor) {
	compute.LinearReLUBackward(b, dpre, dbias, dy, v, post)
}
