package golden

import (
	"fmt"
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
	Beta1       float64  `json:"beta1"`
	Beta2       float64  `json:"beta2"`
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

// Group is parameters that share a learning rate.
type Group struct {
	FinalLR float64 `json:"final_learning_rate"` // after the last epoch's change
}

// config translates the case's optimizer.
func (o *Optim) config() optim.Config {
	c := optim.Config{
		Kind: o.Name, LR: o.LR, BiasLR: o.BiasLR, ClipNorm: o.Clip,
		Betas: [2]float64{o.Beta1, o.Beta2}, Eps: o.Epsilon, Momentum: o.Momentum, Alpha: o.Alpha,
		WeightDecay: o.WeightDecay, TotalSteps: o.TotalSteps,
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

// finalRates compares the groups' learning rates after the last epoch.
func (r *replay) finalRates() {
	rates := r.e.Rates(r.c.Epochs)
	if r.samplesK() {
		rates = append(rates, *r.c.Optim.LearnedKLR) // takes steps of its own, at a constant rate
	}
	if len(rates) < len(r.c.Groups) {
		r.report.fail("parameter_groups", fmt.Sprintf("the case has %d, the optimizer %d", len(r.c.Groups), len(rates)))
		return
	}
	for i, g := range r.c.Groups {
		r.number(fmt.Sprintf("final learning rate of group %d", i), rates[i], g.FinalLR, rateBound)
	}
}
