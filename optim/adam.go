package optim

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[func(compute.Backend, Config, Params) Optimizer]{
		Name: "adam", Reference: "Adam", Value: newAdam,
		Doc: "Adam with bias correction (Kingma and Ba 2015, algorithm 1), as torch.optim.Adam",
	})
}

// adam is
//
//	m = β1 m + (1−β1) g;  v = β2 v + (1−β2) g²
//	p −= η · (m / (1−β1ᵗ)) / (√(v / (1−β2ᵗ)) + ε)
type adam struct {
	b    compute.Backend
	ps   Params
	c    Config
	m, v compute.Tensor
}

func newAdam(b compute.Backend, c Config, ps Params) Optimizer {
	n := ps.Values.Len()
	return &adam{b: b, ps: ps, c: c, m: b.Alloc(b.Float(), n), v: b.Alloc(b.Float(), n)}
}

// The columns of a schedule row.
const (
	adamStepSize = iota // η / (1 − β1ᵗ)
	adamRootBC2         // √(1 − β2ᵗ)
	adamEps
	adamScalars
)

func (a *adam) Scalars() int { return adamScalars }

func (a *adam) Schedule(row []float64, t uint64, lr float64) {
	row[adamStepSize] = lr / (1 - math.Pow(a.c.Betas[0], float64(t)))
	row[adamRootBC2] = math.Sqrt(1 - math.Pow(a.c.Betas[1], float64(t)))
	row[adamEps] = a.c.Eps
}

func (a *adam) Step(clip, scalars compute.Tensor) {
	compute.Adam(a.b, a.ps.Values, a.m, a.v, a.ps.Grads, compute.AdamScalars{
		Clip:     clip,
		StepSize: scalars.At(adamStepSize),
		RootBC2:  scalars.At(adamRootBC2),
		Eps:      scalars.At(adamEps),
	}, a.c.Betas[0], a.c.Betas[1])
}

func (a *adam) State() []State {
	return []State{{"exp_avg", a.m}, {"exp_avg_sq", a.v}}
}
