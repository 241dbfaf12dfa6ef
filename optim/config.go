package optim

import (
	"slices"

	"noise2sparse/internal/problem"
)

// Config describes the optimizer. It is the `optimizer:` section of an experiment file. A field
// that is null has the value that its doc names.
type Config struct {
	Kind         string         `yaml:"kind" default:"adam" doc:"update rule; see trainer list optimizers"`
	LR           float64        `yaml:"lr" default:"0.0001" doc:"learning rate"`
	BiasLR       *float64       `yaml:"bias_lr" doc:"learning rate of biases (parameters with bias in their name, and vectors); null: lr"`
	Schedule     ScheduleConfig `yaml:"schedule" doc:"how the learning rates change over the run"`
	ClipNorm     *float64       `yaml:"clip_norm" default:"1.0" doc:"gradients are scaled down to this global L2 norm; null: no clipping"`
	Betas        [2]float64     `yaml:"betas" default:"[0.9, 0.999]" doc:"adam and its kin: decay of the first and second moment, each step"`
	Eps          *float64       `yaml:"eps" doc:"added to the root of the second moment; null: 1e-8, adagrad 1e-10. shampoo: start of the preconditioners, null: 1e-4"`
	Momentum     *float64       `yaml:"momentum" doc:"sgd_momentum, sparse_sgd_momentum: decay of the velocity, each step; null: 0.9"`
	Alpha        *float64       `yaml:"alpha" doc:"rmsprop: decay of the average of squares, each step; null: 0.99"`
	WeightDecay  *float64       `yaml:"weight_decay" doc:"adamw: parameters shrink by the factor 1 - lr times this, each step; null: 0.001"`
	DecayBiases  *bool          `yaml:"decay_biases" doc:"adamw: biases and vectors shrink too; null: true"`
	RelativeStep *bool          `yaml:"relative_step" doc:"adafactor: the rate is min(0.01, 1/sqrt(step)) and lr is not used; null: true"`
	TotalSteps   *int           `yaml:"total_steps" doc:"demon_adam: steps after which the first beta is 0; null: all of the run"`

	// UnscaledStep: the schedule leaves adafactor's relative step alone. It is the reference's way,
	// for replays of its runs; no file can ask for it.
	UnscaledStep bool `yaml:"-"`
}

// The defaults of fields that are null.
const (
	defaultEps         = 1e-8
	defaultMomentum    = 0.9
	defaultAlpha       = 0.99
	defaultWeightDecay = 1e-3
)

// or is *p, or what stands for null.
func or[T any](p *T, null T) T {
	if p == nil {
		return null
	}
	return *p
}

func (c *Config) decayBiases() bool { return or(c.DecayBiases, true) }

// relative tells whether the rate is none of the user's business.
func (c *Config) relative() bool { return c.Kind == "adafactor" && or(c.RelativeStep, true) }

// Check records everything wrong with the optimizer's description.
func (c *Config) Check(ps *problem.List) {
	e, err := Optimizers.Get(c.Kind)
	if err != nil {
		ps.Addf("kind", "%v", err)
	} else {
		c.checkUnused(ps, e.Value.Fields)
	}
	c.checkRange(ps, "lr", &c.LR, 1e6)
	c.checkRange(ps, "bias_lr", c.BiasLR, 1e6)
	c.checkRange(ps, "weight_decay", c.WeightDecay, 1e6)
	c.checkRange(ps, "eps", c.Eps, 1)
	for _, f := range []struct {
		name  string
		value *float64
	}{{"betas", &c.Betas[0]}, {"betas", &c.Betas[1]}, {"momentum", c.Momentum}, {"alpha", c.Alpha}} {
		if f.value != nil && !(*f.value >= 0 && *f.value < 1) {
			ps.Addf(f.name, "%v is not in [0, 1)", *f.value)
		}
	}
	if c.Kind == "shampoo" && c.Eps != nil && *c.Eps == 0 {
		ps.Addf("eps", "is 0; shampoo's preconditioners can't begin there: give a positive number")
	}
	if c.TotalSteps != nil && *c.TotalSteps < 1 {
		ps.Addf("total_steps", "is %d; give at least 1, or null for all steps of the run", *c.TotalSteps)
	}
	if c.ClipNorm != nil && !(*c.ClipNorm > 0 && *c.ClipNorm <= 1e30) {
		ps.Addf("clip_norm", "is %v; give a positive number, or null for no clipping", *c.ClipNorm)
	}
	if c.relative() && c.BiasLR != nil {
		ps.Addf("bias_lr", "has no effect: adafactor chooses its rate itself; add relative_step: false")
	}
	c.Schedule.check(ps.At("schedule"))
}

// checkUnused refuses what was given and would have no effect.
func (c *Config) checkUnused(ps *problem.List, used []string) {
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"betas", c.Betas != [2]float64{0.9, 0.999} && c.Betas != [2]float64{}},
		{"eps", c.Eps != nil},
		{"momentum", c.Momentum != nil},
		{"alpha", c.Alpha != nil},
		{"weight_decay", c.WeightDecay != nil},
		{"decay_biases", c.DecayBiases != nil},
		{"relative_step", c.RelativeStep != nil},
		{"total_steps", c.TotalSteps != nil},
	} {
		if f.given && !slices.Contains(used, f.name) {
			ps.Addf(f.name, "is not a parameter of %s: leave it out", c.Kind)
		}
	}
}

func (c *Config) checkRange(ps *problem.List, name string, v *float64, most float64) {
	if v != nil && !(*v >= 0 && *v <= most) {
		ps.Addf(name, "is %v; give a number in [0, %g]", *v, most)
	}
}

// Limit is the norm that gradients are clipped to; 0 where they are not.
func (c *Config) Limit() float64 { return or(c.ClipNorm, 0) }

// NeedsEpochs names the field that makes the learning rate, or the rule, depend on the run's
// number of epochs, so that a resumed run can't have another one; "" where none does.
func (c *Config) NeedsEpochs() string {
	if e, err := Schedules.Get(c.Schedule.Kind); err == nil && e.Value.NeedsEpochs {
		return "optimizer.schedule.kind " + c.Schedule.Kind
	}
	if c.Kind == "demon_adam" && c.TotalSteps == nil {
		return "optimizer.kind demon_adam without optimizer.total_steps"
	}
	return ""
}
