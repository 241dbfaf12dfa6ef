package train

import (
	"slices"

	"noise2sparse/internal/problem"
)

// checkImages records what does not go with a network on images.
func (c *Config) checkImages(ps *problem.List) {
	if !c.Model.OnImages() {
		return
	}
	if c.Task == taskReconstruction {
		ps.Addf("task", "is reconstruction, but a %s gives the scores of classes; set task: classification", c.Model.Kind)
	}
	if i := slices.IndexFunc(c.Metrics.Extra, func(name string) bool { return name == "bias_effect" }); i >= 0 {
		ps.Addf("metrics.extra", "asks for bias_effect, which looks at hidden layers of neurons; a %s has none", c.Model.Kind)
	}
	if c.Scaling != "" && c.Scaling != "none" {
		ps.Addf("scaling", "is %s, by each pixel's own range; a network on images takes model.input_normalization", c.Scaling)
	}
}
