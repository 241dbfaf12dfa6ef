package optim

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "demon_adam", Reference: "DemonAdam", Doc: "Adam whose first beta decays to 0 over the run (Chen et al. 2022, DEMON)",
		Value: Spec{New: newDemonAdam, Fields: []string{"betas", "eps", "total_steps"}},
	})
}

// demonAdam is Adam with, in step t,
//
//	β1ₜ = β1·f / ((1−β1) + β1·f),  f = 1 − t/total_steps, at least 0
//
// in the average and, to the power t, in the bias correction.
type demonAdam struct {
	*adam
	total float64 // steps
}

func newDemonAdam(s Setup) (Rule, error) {
	return &demonAdam{newAdam(s, false, true), float64(or(s.Config.TotalSteps, s.Plan.Epochs*s.Plan.StepsPerEpoch))}, nil
}

func (d *demonAdam) Schedule(row []float64, s Step) {
	beta := d.Config.Betas[0]
	f := max(0, 1-float64(s.T)/d.total)
	now := beta * f / ((1 - beta) + beta*f)
	d.schedule(row, s, now)
	row[compute.AdamDecay] = 1
	row[compute.AdamBeta1], row[compute.AdamOneMinus1] = now, 1-now
}
