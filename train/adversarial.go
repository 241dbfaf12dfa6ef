package train

import "noise2sparse/internal/problem"

// AdversarialConfig is the `adversarial:` section: attacks on the input within training and evaluation.
// Runs with it are refused for now, see Config.Missing.
type AdversarialConfig struct {
	Training   *AdversarialTraining   `yaml:"training" doc:"learn from attacked samples; null: no"`
	Evaluation *AdversarialEvaluation `yaml:"evaluation" doc:"measure how the network stands up to an attack; null: no"`
}

// AdversarialTraining is the `adversarial.training:` section.
type AdversarialTraining struct {
	StartEpoch int `yaml:"start_epoch" default:"0" doc:"first epoch, counted from 0, with attacked samples"`
}

// AdversarialEvaluation is the `adversarial.evaluation:` section.
type AdversarialEvaluation struct {
	Attack string `yaml:"attack" default:"pgd" doc:"pgd: projected gradient descent (Madry et al. 2018); autoattack: AutoAttack (Croce and Hein 2020)"`
	Steps  int    `yaml:"steps" default:"10" doc:"gradient steps of pgd"`
}

// The attacks.
const (
	attackPGD        = "pgd"
	attackAutoAttack = "autoattack"
)

func (a *AdversarialConfig) check(ps *problem.List) {
	if a == nil {
		return
	}
	if a.Training == nil && a.Evaluation == nil {
		ps.Addf("", "changes nothing without training and evaluation; give null")
	}
	if t := a.Training; t != nil && t.StartEpoch < 0 {
		ps.Addf("training.start_epoch", "is %d; give 0 or more", t.StartEpoch)
	}
	if e := a.Evaluation; e != nil {
		if e.Attack != attackPGD && e.Attack != attackAutoAttack {
			ps.Addf("evaluation.attack", "is %q; give pgd or autoattack", e.Attack)
		}
		if e.Steps < 1 || e.Steps > 100_000 {
			ps.Addf("evaluation.steps", "is %d; give 1 to 100000", e.Steps)
		}
	}
}
