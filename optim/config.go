package optim

import "noise2sparse/internal/problem"

// Config describes the optimizer. It is the `optimizer:` section of an experiment file.
type Config struct {
	Kind     string     `yaml:"kind" default:"adam" doc:"update rule; see trainer list optimizers"`
	LR       float64    `yaml:"lr" default:"0.0001" doc:"learning rate"`
	Betas    [2]float64 `yaml:"betas" default:"[0.9, 0.999]" doc:"adam: decay of the first and second moment, each step"`
	Eps      float64    `yaml:"eps" default:"1e-8" doc:"adam: added to the root of the second moment"`
	ClipNorm *float64   `yaml:"clip_norm" default:"1.0" doc:"gradients are scaled down to this global L2 norm; null: no clipping"`
}

// Check records everything wrong with the optimizer's description.
func (c *Config) Check(ps *problem.List) {
	if _, err := Optimizers.Get(c.Kind); err != nil {
		ps.Addf("kind", "%v", err)
	}
	if !(c.LR >= 0 && c.LR <= 1e6) {
		ps.Addf("lr", "is %v; give a finite number, at least 0", c.LR)
	}
	for _, b := range c.Betas {
		if !(b >= 0 && b < 1) {
			ps.Addf("betas", "%v is not in [0, 1)", b)
		}
	}
	if !(c.Eps >= 0 && c.Eps <= 1) {
		ps.Addf("eps", "is %v; give a number in [0, 1]", c.Eps)
	}
	if c.ClipNorm != nil && !(*c.ClipNorm > 0 && *c.ClipNorm <= 1e30) {
		ps.Addf("clip_norm", "is %v; give a positive number, or null for no clipping", *c.ClipNorm)
	}
}

// Limit is the norm that gradients are clipped to; 0 where they are not.
func (c *Config) Limit() float64 {
	if c.ClipNorm == nil {
		return 0
	}
	return *c.ClipNorm
}
