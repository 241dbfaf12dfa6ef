package golden

import (
	"fmt"
	"slices"
	"strings"
)

// Group is parameters that share a learning rate.
type Group struct {
	Params  []string `json:"params"`
	LR      float64  `json:"learning_rate"`       // in the first epoch
	FinalLR float64  `json:"final_learning_rate"` // after the last epoch's change
}

// separateBiases tells whether biases have a rate of their own. With a learned k the reference makes no
// such group, whatever the rate says (DEVIATIONS.md), so the recorded groups decide where there are any.
func (c *Case) separateBiases() bool {
	if len(c.Groups) == 0 {
		return true
	}
	return slices.ContainsFunc(c.Groups[1:], func(g Group) bool {
		return !slices.ContainsFunc(g.Params, func(name string) bool { return !c.isBias(name) || strings.HasPrefix(name, "top_k.") })
	})
}

// isBias tells whether the reference counts a parameter as a bias: by its name, or as a vector.
func (c *Case) isBias(name string) bool {
	init, err := c.tensors.File.Get("init/" + name)
	return strings.Contains(name, "bias") || err == nil && len(init.Shape) == 1
}

// groups compares the optimizer's groups with the recorded ones: their parameters, and their rates in
// the first epoch and after the last.
func (r *replay) groups() {
	if len(r.c.Groups) == 0 {
		return
	}
	names, first, last := r.e.Groups(), r.e.Rates(0), r.e.Rates(r.c.Epochs)
	if r.samplesK() { // which takes steps of its own, at a constant rate
		rate := *r.c.Optim.LearnedKLR
		names, first, last = append(names, []string{"top_k.learned_k_stats"}), append(first, rate), append(last, rate)
	}
	if len(names) != len(r.c.Groups) {
		r.report.fail("parameter_groups", fmt.Sprintf("the case has %d, the optimizer %d", len(r.c.Groups), len(names)))
		return
	}
	for i, g := range r.c.Groups {
		name := fmt.Sprintf("parameter_groups[%d]", i)
		if got, want := slices.Sorted(slices.Values(names[i])), slices.Sorted(slices.Values(g.Params)); !slices.Equal(got, want) {
			r.report.fail(name, fmt.Sprintf("has %v in the case, %v in the optimizer", want, got))
		}
		r.number(name+": learning rate", first[i], g.LR, rateBound)
		r.number(name+": final learning rate", last[i], g.FinalLR, rateBound)
	}
}
