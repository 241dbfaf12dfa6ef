package optim

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "adamw", Reference: "AdamW", Doc: "Adam with decoupled weight decay (Loshchilov and Hutter 2019), as torch.optim.AdamW",
		Value: Spec{
			New:    func(s Setup) (Rule, error) { return &adamW{newAdam(s)}, nil },
			Fields: []string{"betas", "eps", "weight_decay", "decay_biases"},
		},
	})
}

// adamW is p *= 1 − η·weight_decay, then Adam.
type adamW struct{ *adam }

// adamWDecay is the column of 1 − η·weight_decay.
const adamWDecay = adamScalars

func (a *adamW) Scalars() int { return adamScalars + 1 }

func (a *adamW) Schedule(row []float64, s Step) {
	a.adam.Schedule(row, s)
	row[adamWDecay] = 1
	if !s.Group.Biases || a.Config.decayBiases() {
		row[adamWDecay] = 1 - s.LR*or(a.Config.WeightDecay, defaultWeightDecay)
	}
}

func (a *adamW) Step(clip, rows compute.Tensor) {
	for _, s := range a.Params.spans {
		row := s.row(rows)
		scalars := a.scalars(clip, row)
		scalars.Decay = row.At(adamWDecay)
		a.step(s, scalars)
	}
}
