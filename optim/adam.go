package optim

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "adam", Reference: "Adam", Doc: "Adam with bias correction (Kingma and Ba 2015, algorithm 1), as torch.optim.Adam",
		Value: Spec{New: func(s Setup) (Rule, error) { return newAdam(s), nil }, Fields: []string{"betas", "eps"}},
	})
}

// adam is
//
//	m = β1 m + (1−β1) g;  v = β2 v + (1−β2) g²
//	p −= η · (m / (1−β1ᵗ)) / (√(v / (1−β2ᵗ)) + ε)
type adam struct {
	Setup
	m, v compute.Tensor
}

func newAdam(s Setup) *adam { return &adam{s, s.flat(), s.flat()} }

// The columns of a row of the schedule, for Adam and its kin.
const (
	adamStepSize = iota // η / (1 − β1ᵗ)
	adamRootBC2         // √(1 − β2ᵗ)
	adamEps
	adamScalars
)

func (a *adam) Scalars() int { return adamScalars }

func (a *adam) Schedule(row []float64, s Step) { a.schedule(row, s, a.Config.Betas[0]) }

// schedule fills the first columns of row for a first beta that may change from step to step.
func (a *adam) schedule(row []float64, s Step, beta1 float64) {
	t := float64(s.T)
	row[adamStepSize] = s.LR / (1 - math.Pow(beta1, t))
	row[adamRootBC2] = math.Sqrt(1 - math.Pow(a.Config.Betas[1], t))
	row[adamEps] = or(a.Config.Eps, defaultEps)
}

func (a *adam) Step(clip, rows compute.Tensor) {
	for _, s := range a.Params.spans {
		a.step(s, a.scalars(clip, s.row(rows)))
	}
}

// scalars are the operands of a step from the first columns of its row.
func (a *adam) scalars(clip, row compute.Tensor) compute.AdamScalars {
	return compute.AdamScalars{
		Clip: clip, StepSize: row.At(adamStepSize), RootBC2: row.At(adamRootBC2), Eps: row.At(adamEps),
	}
}

func (a *adam) step(s span, scalars compute.AdamScalars) {
	ps := &a.Params
	compute.Adam(a.B, s.of(ps.Values), s.of(a.m), s.of(a.v), s.of(ps.Grads), scalars, a.Config.Betas[0], a.Config.Betas[1])
}

func (a *adam) State() []State {
	return append(a.Params.views("exp_avg", a.m), a.Params.views("exp_avg_sq", a.v)...)
}
