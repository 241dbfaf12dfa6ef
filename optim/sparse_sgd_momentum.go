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

// sparseSGD is, where g ≠ 0 (after clipping), m = μ m + g and p −= η m.
type sparseSGD struct {
	Setup
	m, scratch compute.Tensor
}

func newSparseSGD(s Setup) (Rule, error) {
	return &sparseSGD{s, s.flat(), compute.Scratch[compute.SparseSGDFuser](s.B, s.Params.Values.Len())}, nil
}

func (o *sparseSGD) Scalars() int { return 1 }

func (o *sparseSGD) Schedule(row []float64, s Step) { row[0] = s.LR }

func (o *sparseSGD) Step(clip, rows compute.Tensor) {
	ps, momentum := &o.Params, or(o.Config.Momentum, defaultMomentum)
	for _, s := range ps.spans {
		compute.SparseSGD(o.B, s.of(ps.Values), s.of(o.m), s.of(ps.Grads), s.maybe(o.scratch), clip, s.row(rows), momentum)
	}
}

func (o *sparseSGD) State() []State { return o.Params.views("momentum_buffer", o.m) }
