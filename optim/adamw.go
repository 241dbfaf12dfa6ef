package optim

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "adamw", Reference: "AdamW", Doc: "Adam with decoupled weight decay (Loshchilov and Hutter 2019), as torch.optim.AdamW",
		Value: Spec{
			New:    func(s Setup) (Rule, error) { return &adamW{newAdam(s, true, false)}, nil },
			Fields: []string{"betas", "eps", "weight_decay", "decay_biases"},
		},
	})
}

// adamW is p *= 1 − η·weight_decay, then Adam.
type adamW struct{ *adam }

func (a *adamW) Schedule(row []float64, s Step) {
	a.adam.Schedule(row, s)
	row[compute.AdamDecay] = 1
	if !s.Group.Biases || a.Config.decayBiases() {
		row[compute.AdamDecay] = 1 - s.LR*or(a.Config.WeightDecay, defaultWeightDecay)
	}
}
