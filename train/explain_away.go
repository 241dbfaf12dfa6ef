package train

import (
	"math"

	"noise2sparse/internal/problem"
)

// ExplainAwayConfig is the `explain_away:` section. Two experiments of the reference set these values,
// and what they do is defined nowhere: they are kept, and runs with them are refused, see
// Config.Missing.
type ExplainAwayConfig struct {
	LR    float64 `yaml:"lr" default:"0.01" doc:"what the reference calls explain_away_lr"`
	Steps int     `yaml:"steps" default:"5" doc:"what the reference calls explain_away_opt_z_n_grad_steps"`
}

func (e *ExplainAwayConfig) check(ps *problem.List) {
	if e == nil {
		return
	}
	if !(e.LR >= 0) || math.IsInf(e.LR, 0) {
		ps.Addf("lr", "is %v; give a finite number, at least 0", e.LR)
	}
	if e.Steps < 1 {
		ps.Addf("steps", "is %d; give at least 1", e.Steps)
	}
}
