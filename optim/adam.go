package optim

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "adam", Reference: "Adam", Doc: "Adam with bias correction (Kingma and Ba 2015, algorithm 1), as torch.optim.Adam",
		Value: Spec{New: func(s Setup) (Rule, error) { return newAdam(s, false, false), nil }, Fields: []string{"betas", "eps"}},
	})
}

// adam is
//
//	m = β1 m + (1−β1) g;  v = β2 v + (1−β2) g²
//	p −= η · (m / (1−β1ᵗ)) / (√(v / (1−β2ᵗ)) + ε)
type adam struct{ elementwise }

func newAdam(s Setup, decays, moves bool) *adam {
	rule := compute.AdamRule{Beta1: s.Config.Betas[0], Beta2: s.Config.Betas[1], Decays: decays, Moves: moves}
	return &adam{newElementwise(s, rule, "exp_avg", "exp_avg_sq")}
}

func (a *adam) Schedule(row []float64, s Step) { a.schedule(row, s, a.Config.Betas[0]) }

// schedule fills the first columns of row for a first beta that may change from step to step.
func (a *adam) schedule(row []float64, s Step, beta1 float64) {
	t := float64(s.T)
	row[compute.AdamStepSize] = s.LR / (1 - math.Pow(beta1, t))
	row[compute.AdamRootBC2] = math.Sqrt(1 - math.Pow(a.Config.Betas[1], t))
	row[compute.AdamEps] = or(a.Config.Eps, defaultEps)
}
