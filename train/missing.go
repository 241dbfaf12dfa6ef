package train

// Feature is something that a configuration can ask for and that is not there yet.
type Feature struct {
	Field string `json:"field"` // what asks for it, a dotted path
	Name  string `json:"name"`  // in words
}

// Missing lists what c asks for and this program does not have. Such a configuration is well-formed: it
// can be shown, checked and kept, but no run of it may begin, since its results would be another
// experiment's.
func (c *Config) Missing() []Feature {
	var out []Feature
	if a := c.Adversarial; a != nil {
		if a.Training != nil {
			out = append(out, Feature{"adversarial.training", "adversarial training"})
		}
		switch {
		case a.Evaluation == nil:
		case a.Evaluation.Attack == attackAutoAttack:
			out = append(out, Feature{"adversarial.evaluation", "AutoAttack"})
		default:
			out = append(out, Feature{"adversarial.evaluation", "evaluation under attack"})
		}
	}
	if c.Continual != nil {
		out = append(out, Feature{"continual", "continual learning"})
	}
	if c.ExplainAway != nil {
		out = append(out, Feature{"explain_away", "explaining away (defined nowhere)"})
	}
	return out
}
