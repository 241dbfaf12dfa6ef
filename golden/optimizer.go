package golden

import (
	"strings"

	"noise2sparse/optim"
)

// rateBound is for learning rates: both sides compute them in float64.
var rateBound = Bound{Rel: 1e-12}

// Optim is the case's optimizer.
type Optim struct {
	Name        string   `json:"name"`
	LR          float64  `json:"learning_rate"`
	BiasLR      *float64 `json:"bias_learning_rate"`
	Clip        *float64 `json:"gradient_clip_norm"`
	Beta1       *float64 `json:"beta1"`
	Beta2       *float64 `json:"beta2"`
	Epsilon     *float64 `json:"epsilon"`
	Momentum    *float64 `json:"momentum"`
	Alpha       *float64 `json:"alpha"`
	WeightDecay *float64 `json:"weight_decay"`
	TotalSteps  *int     `json:"total_steps"`
	LearnedKLR  *float64 `json:"learned_k_learning_rate"`
	Schedule    *struct {
		Kind     string   `json:"kind"`
		StepSize *int     `json:"step_size"`
		Gamma    *float64 `json:"gamma"`
	} `json:"schedule"`
}

// defaultBetas are adam's.
var defaultBetas = [2]float64{0.9, 0.999}

// config translates the case's optimizer. The reference gives AdamW no betas, and lets no schedule
// touch adafactor's step.
func (o *Optim) config(separateBiases bool) optim.Config {
	c := optim.Config{
		Kind: o.Name, LR: o.LR, ClipNorm: o.Clip,
		Betas: defaultBetas, Eps: o.Epsilon, Momentum: o.Momentum, Alpha: o.Alpha,
		WeightDecay: o.WeightDecay, TotalSteps: o.TotalSteps, UnscaledStep: true,
	}
	if separateBiases {
		c.BiasLR = o.BiasLR
	}
	if o.Name != "adamw" {
		c.Betas = [2]float64{valueOr(o.Beta1, defaultBetas[0]), valueOr(o.Beta2, defaultBetas[1])}
	}
	c.Schedule.Kind = "constant"
	if s := o.Schedule; s != nil {
		c.Schedule.Kind, c.Schedule.StepSize, c.Schedule.Gamma = s.Kind, s.StepSize, s.Gamma
	}
	return c
}

// optimizerState compares the optimizer's state after the last step: every tensor that the case
// has must be there. Its `step` is counted once for all parameters.
func (r *replay) optimizerState() {
	compared := map[string]bool{}
	for _, s := range r.e.StateBuffers() {
		if name := "opt/" + s.Name; r.c.tensors.Has(name) {
			r.tensor(name, s.Tensor, r.c.Tolerance.Opt)
			compared[name] = true
		}
	}
	for _, p := range r.e.Net.Params().List {
		if name := "opt/" + p.Name + "/step"; r.c.tensors.Has(name) {
			r.stepCount(name)
			compared[name] = true
		}
	}
	for _, name := range r.c.tensors.Names() {
		if strings.HasPrefix(name, "opt/") && !compared[name] {
			r.report.fail(name, "the optimizer has no such state")
		}
	}
}

// stepCount compares the number of steps done, which is exact.
func (r *replay) stepCount(name string) {
	want, err := r.c.tensors.Get(name)
	if err != nil || want.Len() != 1 {
		r.report.fail(name, "is not one number")
		return
	}
	r.number(name, float64(r.e.StepsDone()), float64(want.Float32s()[0]), Bound{})
}
