package optim

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "sgd", Reference: "SGD", Doc: "stochastic gradient descent, without momentum, as torch.optim.SGD",
		Value: Spec{New: func(s Setup) (Rule, error) { return newSGD(s, compute.SGDRule{}), nil }},
	})
}

// sgd is p −= η g; with momentum (a buffer m), m = μ m + g and p −= η m.
type sgd struct{ elementwise }

func newSGD(s Setup, rule compute.ElementRule, names ...string) *sgd {
	return &sgd{newElementwise(s, rule, names...)}
}

func (o *sgd) Schedule(row []float64, s Step) { row[0] = s.LR }
