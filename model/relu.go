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

func (relu) Forward(b compute.Backend, y, bias compute.Tensor, a Activity) {
	compute.BiasReLU(b, y, bias, a.Fired, a.Total)
}

func (relu) Backward(b compute.Backend, dpre, dbias, dpost, post compute.Tensor) {
	compute.ReLUBackward(b, dpre, dbias, dpost, post)
}
