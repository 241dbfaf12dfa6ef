package optim

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "sgd", Reference: "SGD", Doc: "stochastic gradient descent, without momentum, as torch.optim.SGD",
		Value: Spec{New: func(s Setup) (Rule, error) { return &sgd{Setup: s}, nil }},
	})
}

// sgd is p −= η g; with momentum (a buffer m), m = μ m + g and p −= η m.
type sgd struct {
	Setup
	m compute.Tensor // Tensor{}: no momentum
}

func (o *sgd) Scalars() int { return 1 }

func (o *sgd) Schedule(row []float64, s Step) { row[0] = s.LR }

func (o *sgd) Step(clip, rows compute.Tensor) {
	ps, momentum := &o.Params, or(o.Config.Momentum, defaultMomentum)
	for _, s := range ps.spans {
		compute.SGD(o.B, s.of(ps.Values), s.maybe(o.m), s.of(ps.Grads), clip, s.row(rows), momentum)
	}
}

func (o *sgd) State() []State {
	if !o.m.Valid() {
		return nil
	}
	return o.Params.views("momentum_buffer", o.m)
}
