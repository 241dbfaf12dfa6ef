package optim

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "sparse_sgd_momentum", Reference: "SparseSGDM", Doc: "SGD with momentum for entries with a gradient other than 0; the others rest, velocity and all",
		Value: Spec{New: newSparseSGD, Fields: []string{"momentum"}},
	})
}

// newSparseSGD is, where g ≠ 0 (after clipping), m = μ m + g and p −= η m.
func newSparseSGD(s Setup) (Rule, error) {
	return newSGD(s, compute.SparseSGDRule{Momentum: or(s.Config.Momentum, defaultMomentum)}, "momentum_buffer"), nil
}
