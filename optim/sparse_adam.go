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
type sparseAdam struct{ elementwise }

func newSparseAdam(s Setup) (Rule, error) {
	rule := compute.SparseAdamRule{Beta1: s.Config.Betas[0], Beta2: s.Config.Betas[1]}
	return &sparseAdam{newElementwise(s, rule, "exp_avg", "exp_avg_sq")}, nil
}

func (o *sparseAdam) Schedule(row []float64, s Step) {
	t, betas := float64(s.T), o.Config.Betas
	row[0] = s.LR * math.Sqrt(1-math.Pow(betas[1], t)) / (1 - math.Pow(betas[0], t))
	row[1] = or(o.Config.Eps, defaultEps)
}
