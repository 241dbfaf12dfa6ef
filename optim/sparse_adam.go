package optim

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "sparse_adam", Reference: "SparseAdam", Doc: "Adam for entries with a gradient other than 0; the others rest, moments and all",
		Value: Spec{New: newSparseAdam, Fields: []string{"betas", "eps"}},
	})
}

// sparseAdam is, where g ≠ 0 (after clipping), with t the number of all steps so far,
//
//	m += (1−β1)(g − m);  v += (1−β2)(g² − v)
//	p −= η √(1−β2ᵗ)/(1−β1ᵗ) · m / (√v + ε)
type sparseAdam struct {
	Setup
	m, v    compute.Tensor
	scratch compute.Tensor
}

func newSparseAdam(s Setup) (Rule, error) {
	scratch := compute.Scratch[compute.SparseAdamFuser](s.B, s.Params.Values.Len())
	return &sparseAdam{s, s.flat(), s.flat(), scratch}, nil
}

func (o *sparseAdam) Scalars() int { return 2 }

func (o *sparseAdam) Schedule(row []float64, s Step) {
	t, betas := float64(s.T), o.Config.Betas
	row[0] = s.LR * math.Sqrt(1-math.Pow(betas[1], t)) / (1 - math.Pow(betas[0], t))
	row[1] = or(o.Config.Eps, defaultEps)
}

func (o *sparseAdam) Step(clip, rows compute.Tensor) {
	ps, betas := &o.Params, o.Config.Betas
	for _, s := range ps.spans {
		row := s.row(rows)
		c := compute.SparseAdamScalars{Clip: clip, StepSize: row.At(0), Eps: row.At(1)}
		compute.SparseAdam(o.B, s.of(ps.Values), s.of(o.m), s.of(o.v), s.of(ps.Grads), s.maybe(o.scratch), c, betas[0], betas[1])
	}
}

func (o *sparseAdam) State() []State {
	return append(o.Params.views("exp_avg", o.m), o.Params.views("exp_avg_sq", o.v)...)
}
