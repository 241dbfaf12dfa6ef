package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Activations.Register(registry.Entry[NewActivation]{
		Name: "relu", Reference: "ReLU",
		Value: func(compute.Backend, LayerSpec) Activation { return relu{} },
		Doc:   "max(x, 0); derivative 0 at 0; a neuron is active where its output is above 0",
	})
}

// relu is f(x) = max(x, 0) with f'(0) = 0. NaN passes through.
type relu struct{}

func (relu) NeedsPre() bool { return false }

func (relu) Forward(b compute.Backend, post, _, bias compute.Tensor, a Activity) {
	compute.BiasReLU(b, post, bias, a.Fired, a.Total)
}

func (relu) Backward(b compute.Backend, dpre, dbias, dpost, post, _ compute.Tensor) {
	compute.ReLUBackward(b, dpre, dbias, dpost, post)
}

func (relu) ForwardLinear(b compute.Backend, post, x, w, bias compute.Tensor, a Activity, mask compute.Tensor) {
	compute.LinearReLU(b, post, x, w, bias, a.Fired, a.Total, mask)
}

func (relu) BackwardLinear(b compute.Backend, dpre, dbias, dy, v, post, mask compute.Tensor) {
	compute.LinearReLUBackward(b, dpre, dbias, dy, v, post, mask)
}
