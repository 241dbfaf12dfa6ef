package model

import (
	"math"
	"slices"

	"noise2sparse/internal/problem"
)

// TopKConfig is the `topk:` section: how the neurons of an SDM compete. A field that is null has the
// value that its doc names.
type TopKConfig struct {
	Kind              string   `yaml:"kind" default:"none" doc:"rule by which the strongest neurons win; see trainer list topks. Needs model.kind sdm"`
	K                 *int     `yaml:"k" doc:"neurons that stay active, in the end where k changes with epochs; gaba: one less than the rank that sets the threshold"`
	Blocks            int      `yaml:"blocks" default:"1" doc:"neurons are cut into this many blocks of neighbours, with k/blocks winners in each; k and the neurons must be divisible by it"`
	TransitionEpochs  *int     `yaml:"transition_epochs" doc:"linear_decay, exp_decay: epochs until k is reached, beginning with all neurons"`
	SwitchThreshold   *float64 `yaml:"switch_threshold" doc:"gaba_switch: activity (act_bin: samples) at which a neuron's response has gone from exciting to inhibiting"`
	CountInEvaluation *bool    `yaml:"count_in_evaluation" doc:"gaba_switch: validation counts as activity too; null: true"`
	InitialK          *float64 `yaml:"initial_k" doc:"learn_k_sigmoid: k at the start, less 0.1"`
	Window            *float64 `yaml:"window" doc:"learn_k_sigmoid: width of the soft edge, as a fraction of the neurons; null: 0.1"`
	InitialLogK       *float64 `yaml:"initial_log_k" doc:"learn_k_reinforce, learn_k_score_function: mean of ln k at the start"`
	InitialScale      *float64 `yaml:"initial_scale" doc:"learn_k_reinforce, learn_k_score_function: standard deviation of ln k at the start; null: 0.5"`
	LR                *float64 `yaml:"lr" doc:"learning rate of a learned k"`
	ClipNorm          *float64 `yaml:"clip_norm" doc:"learn_k_score_function: norm that the gradient of k's distribution is scaled down to; null: 1"`
	BaselineDecay     *float64 `yaml:"baseline_decay" doc:"learn_k_score_function: decay of the running mean of the loss, each step; null: 0.99"`
}

// or is *p, or what stands for null.
func or[T any](p *T, null T) T {
	if p == nil {
		return null
	}
	return *p
}

// NoTopK is the kind of networks without Top-K.
const NoTopK = "none"

// On tells whether there is a rule.
func (c *TopKConfig) On() bool { return c.Kind != NoTopK && c.Kind != "" }

// Samples tells whether k is drawn at random and learned from the samples' losses.
func (c *TopKConfig) Samples() bool {
	return c.Kind == "learn_k_reinforce" || c.Kind == "learn_k_score_function"
}

// Check records everything wrong with the section, for the network that m describes.
func (c *TopKConfig) Check(ps *problem.List, m *Config) {
	if !c.On() {
		c.checkUnused(ps, nil)
		return
	}
	e, err := TopKs.Get(c.Kind)
	if err != nil {
		ps.Addf("kind", "%v", err)
		return
	}
	if m.Kind != "sdm" {
		ps.Addf("kind", "is %s, but model.kind is %s; give model.kind sdm, or topk.kind none", c.Kind, m.Kind)
		return
	}
	c.checkUnused(ps, e.Value.Fields)
	if len(m.Hidden) == 1 && m.Hidden[0] > 0 {
		c.checkWidth(ps, &e.Value, m.Hidden[0])
	}
	c.checkRanges(ps)
}

// checkUnused refuses fields that the rule does not read.
func (c *TopKConfig) checkUnused(ps *problem.List, fields []string) {
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"k", c.K != nil},
		{"transition_epochs", c.TransitionEpochs != nil},
		{"switch_threshold", c.SwitchThreshold != nil},
		{"count_in_evaluation", c.CountInEvaluation != nil},
		{"initial_k", c.InitialK != nil},
		{"window", c.Window != nil},
		{"initial_log_k", c.InitialLogK != nil},
		{"initial_scale", c.InitialScale != nil},
		{"lr", c.LR != nil},
		{"clip_norm", c.ClipNorm != nil},
		{"baseline_decay", c.BaselineDecay != nil},
	} {
		used := slices.Contains(fields, f.name)
		switch {
		case f.given && !used && !c.On():
			ps.Addf(f.name, "is given, but topk.kind is none; give a rule, see trainer list topks")
		case f.given && !used:
			ps.Addf(f.name, "is not a parameter of %s", c.Kind)
		case !f.given && used && !slices.Contains(optionalTopK, f.name):
			ps.Addf(f.name, "is missing: %s needs it", c.Kind)
		}
	}
}

// optionalTopK are the fields with a value for null.
var optionalTopK = []string{"count_in_evaluation", "window", "initial_scale", "clip_norm", "baseline_decay"}

// checkWidth refuses what does not fit into a layer of n neurons.
func (c *TopKConfig) checkWidth(ps *problem.List, r *TopKRule, n int) {
	gaba := slices.Contains(r.Fields, "switch_threshold")
	if k := c.K; k != nil {
		switch {
		case *k < 1:
			ps.Addf("k", "is %d; give at least 1", *k)
		case *k > n:
			ps.Addf("k", "is %d, but the layer has only %d neurons", *k, n)
		case gaba && *k == n:
			ps.Addf("k", "is %d, all neurons of the layer; %s compares with the next one, so give at most %d", *k, c.Kind, n-1)
		}
	}
	switch {
	case c.Blocks < 1:
		ps.Addf("blocks", "is %d; give at least 1", c.Blocks)
	case c.Blocks > 1 && !r.Blocks:
		ps.Addf("blocks", "is %d, but %s selects among all neurons; give 1", c.Blocks, c.Kind)
	case n%c.Blocks != 0:
		ps.Addf("blocks", "is %d, which does not divide the %d neurons", c.Blocks, n)
	case c.K != nil && *c.K%c.Blocks != 0:
		ps.Addf("blocks", "is %d, which does not divide k, %d", c.Blocks, *c.K)
	}
	if slices.Contains(r.Fields, "window") {
		if half := windowHalf(n, or(c.Window, defaultWindow)); half < 1 {
			ps.Addf("window", "is %v, which is less than 2 of %d neurons; give at least %v", or(c.Window, defaultWindow), n, 2/float64(n))
		}
		if k := c.InitialK; k != nil && !(*k >= 1 && *k <= float64(n)) {
			ps.Addf("initial_k", "is %v; give 1 to %d, the layer's neurons", *k, n)
		}
	}
	if v := c.InitialLogK; v != nil && !(*v >= 0 && *v <= math.Log(float64(n))) {
		ps.Addf("initial_log_k", "is %v; give 0 to %.4g, the logarithm of the layer's %d neurons", *v, math.Log(float64(n)), n)
	}
}

func (c *TopKConfig) checkRanges(ps *problem.List) {
	if e := c.TransitionEpochs; e != nil && *e < 1 {
		ps.Addf("transition_epochs", "is %d; give at least 1", *e)
	}
	positive := func(name string, v *float64, limit float64) {
		if v != nil && !(*v > 0 && *v <= limit) {
			ps.Addf(name, "is %v; give a positive number, at most %g", *v, limit)
		}
	}
	positive("switch_threshold", c.SwitchThreshold, 1e30)
	positive("window", c.Window, 1)
	positive("initial_scale", c.InitialScale, 100)
	positive("clip_norm", c.ClipNorm, 1e30)
	if v := c.LR; v != nil && !(*v >= 0 && *v <= 1e6) {
		ps.Addf("lr", "is %v; give a finite number, at least 0", *v)
	}
	if v := c.BaselineDecay; v != nil && !(*v >= 0 && *v < 1) {
		ps.Addf("baseline_decay", "is %v; give a number in [0, 1)", *v)
	}
}
