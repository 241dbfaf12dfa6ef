package optim

import (
	"math"
	"slices"

	"noise2sparse/internal/problem"
	"noise2sparse/internal/registry"
)

// ScheduleConfig describes how learning rates change. It is the section `optimizer.schedule`.
type ScheduleConfig struct {
	Kind         string   `yaml:"kind" default:"constant" doc:"shape of the learning rate over the run; see trainer list schedules"`
	Every        string   `yaml:"every" default:"epoch" doc:"the rate changes after every epoch, or after every step"`
	WarmupEpochs float64  `yaml:"warmup_epochs" default:"0" doc:"epochs over which the rate first rises linearly to lr; the schedule begins after them"`
	StepSize     *int     `yaml:"step_size" doc:"step: epochs between two changes; null: 30"`
	Gamma        *float64 `yaml:"gamma" doc:"step: factor of each change; null: 0.1"`
	FinalFactor  *float64 `yaml:"final_factor" doc:"cosine: the rate at the run's end, as a fraction of lr; null: 0"`
}

// ScheduleSpec is what is registered of a schedule.
type ScheduleSpec struct {
	// Factor is what rates are multiplied with, done epochs (maybe a fraction) after the warm-up,
	// of total ones.
	Factor func(c *ScheduleConfig, done, total float64) float64
	// Fields are the fields that it reads beside kind, every and warmup_epochs.
	Fields []string
	// NeedsEpochs says that Factor depends on total.
	NeedsEpochs bool
}

// Schedules are the known schedules, by the name of `optimizer.schedule.kind`.
var Schedules = registry.New[ScheduleSpec]("schedules")

// The value of Every that is not the default, "epoch".
const everyStep = "step"

// Factor is what all learning rates are multiplied with in step inEpoch of an epoch, both from 0.
// During the warm-up it rises linearly: with i the number of steps (or epochs) done, and n = the
// warm-up's length in steps (or epochs), it is (i + 1)/(n + 1), at most 1.
func (c *ScheduleConfig) Factor(epoch, inEpoch int, plan Plan) float64 {
	perEpoch := 1.0
	done := float64(epoch)
	if c.Every == everyStep {
		perEpoch = float64(plan.StepsPerEpoch)
		done += float64(inEpoch) / perEpoch
	}
	if done < c.WarmupEpochs {
		return min(1, (done*perEpoch+1)/(c.WarmupEpochs*perEpoch+1))
	}
	e, err := Schedules.Get(c.Kind)
	if err != nil { // a Config that was not checked, made without a schedule
		return 1
	}
	return e.Value.Factor(c, done-c.WarmupEpochs, float64(plan.Epochs)-c.WarmupEpochs)
}

func (c *ScheduleConfig) check(ps *problem.List) {
	if c.Every != "epoch" && c.Every != everyStep {
		ps.Addf("every", "is %q; give epoch or step", c.Every)
	}
	if !(c.WarmupEpochs >= 0 && c.WarmupEpochs <= 1e9) {
		ps.Addf("warmup_epochs", "is %v; give a number of epochs, at least 0", c.WarmupEpochs)
	}
	if c.StepSize != nil && *c.StepSize < 1 {
		ps.Addf("step_size", "is %d; give at least 1 epoch", *c.StepSize)
	}
	if g := c.Gamma; g != nil && !(*g > 0 && *g <= 1e3) {
		ps.Addf("gamma", "is %v; give a positive factor", *g)
	}
	if f := c.FinalFactor; f != nil && !(*f >= 0 && *f <= 1) {
		ps.Addf("final_factor", "is %v; give a fraction of lr, from 0 to 1", *f)
	}
	e, err := Schedules.Get(c.Kind)
	if err != nil {
		ps.Addf("kind", "%v", err)
		return
	}
	for _, f := range []struct {
		name  string
		given bool
	}{{"step_size", c.StepSize != nil}, {"gamma", c.Gamma != nil}, {"final_factor", c.FinalFactor != nil}} {
		if f.given && !slices.Contains(e.Value.Fields, f.name) {
			ps.Addf(f.name, "is not a parameter of the %s schedule: leave it out", c.Kind)
		}
	}
}

func init() {
	Schedules.Register(registry.Entry[ScheduleSpec]{
		Name: "constant", Doc: "the rate stays (after a warm-up, if there is one)",
		Value: ScheduleSpec{Factor: func(*ScheduleConfig, float64, float64) float64 { return 1 }},
	})
	Schedules.Register(registry.Entry[ScheduleSpec]{
		Name: "step", Reference: "StepLR", Doc: "lr · gamma^floor(epochs done / step_size)",
		Value: ScheduleSpec{Fields: []string{"step_size", "gamma"}, Factor: func(c *ScheduleConfig, done, _ float64) float64 {
			return math.Pow(or(c.Gamma, 0.1), math.Floor(done/float64(or(c.StepSize, 30))))
		}},
	})
	Schedules.Register(registry.Entry[ScheduleSpec]{
		Name: "cosine", Doc: "half a cosine from lr down to lr · final_factor at the run's end (Loshchilov and Hutter 2017)",
		Value: ScheduleSpec{Fields: []string{"final_factor"}, NeedsEpochs: true, Factor: func(c *ScheduleConfig, done, total float64) float64 {
			last := or(c.FinalFactor, 0)
			return last + (1-last)*(1+math.Cos(math.Pi*min(1, done/total)))/2
		}},
	})
}
