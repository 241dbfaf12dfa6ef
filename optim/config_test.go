package optim

import (
	"math"
	"strings"
	"testing"

	"noise2sparse/internal/problem"
)

func ptr[T any](v T) *T { return &v }

// valid is a description that passes.
func valid() Config {
	return Config{Kind: "adam", LR: 1e-3, Betas: [2]float64{0.9, 0.999}, ClipNorm: ptr(1.0), Schedule: ScheduleConfig{Kind: "constant", Every: "epoch"}}
}

func TestCheck(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(c *Config)
		want   []string // "path: part of the text", one for each problem
	}{
		"valid":                 {func(*Config) {}, nil},
		"unknown kind":          {func(c *Config) { c.Kind = "adamm" }, []string{"kind: adam"}},
		"momentum of adam":      {func(c *Config) { c.Momentum = ptr(0.9) }, []string{"momentum: is not a parameter of adam"}},
		"betas of sgd":          {func(c *Config) { c.Kind, c.Betas[0] = "sgd", 0.5 }, []string{"betas: is not a parameter of sgd"}},
		"default betas of sgd":  {func(c *Config) { c.Kind = "sgd" }, nil},
		"eps of sgd_momentum":   {func(c *Config) { c.Kind, c.Eps = "sgd_momentum", ptr(1e-8) }, []string{"eps: is not"}},
		"alpha of adagrad":      {func(c *Config) { c.Kind, c.Alpha = "adagrad", ptr(0.9) }, []string{"alpha: is not"}},
		"weight decay":          {func(c *Config) { c.Kind, c.WeightDecay, c.DecayBiases = "adamw", ptr(0.5), ptr(false) }, nil},
		"weight decay of adam":  {func(c *Config) { c.WeightDecay = ptr(0.5) }, []string{"weight_decay: is not"}},
		"several at once":       {func(c *Config) { c.LR, c.Betas[1], c.ClipNorm = -1, 1, ptr(0.0) }, []string{"lr: is -1", "betas: 1 is not", "clip_norm: is 0"}},
		"NaN":                   {func(c *Config) { c.LR, c.BiasLR = math.NaN(), ptr(math.Inf(1)) }, []string{"lr: is NaN", "bias_lr: is +Inf"}},
		"adafactor's own rate":  {func(c *Config) { c.Kind, c.BiasLR = "adafactor", ptr(0.1) }, []string{"bias_lr: has no effect"}},
		"adafactor with a rate": {func(c *Config) { c.Kind, c.BiasLR, c.RelativeStep = "adafactor", ptr(0.1), ptr(false) }, nil},
		"shampoo from 0":        {func(c *Config) { c.Kind, c.Eps = "shampoo", ptr(0.0) }, []string{"eps: is 0; shampoo"}},
		"total_steps of adam":   {func(c *Config) { c.TotalSteps = ptr(5) }, []string{"total_steps: is not"}},
		"no total_steps":        {func(c *Config) { c.Kind, c.TotalSteps = "demon_adam", ptr(0) }, []string{"total_steps: is 0"}},
		"unknown schedule":      {func(c *Config) { c.Schedule.Kind = "cosin" }, []string{"schedule.kind: cosine"}},
		"every batch":           {func(c *Config) { c.Schedule.Every = "batch" }, []string{`schedule.every: is "batch"`}},
		"gamma of constant":     {func(c *Config) { c.Schedule.Gamma = ptr(0.5) }, []string{"schedule.gamma: is not a parameter of the constant schedule"}},
		"final_factor of step":  {func(c *Config) { c.Schedule.Kind, c.Schedule.FinalFactor = "step", ptr(0.5) }, []string{"schedule.final_factor: is not"}},
		"out of range": {func(c *Config) {
			c.Schedule = ScheduleConfig{Kind: "step", Every: "step", WarmupEpochs: -1, StepSize: ptr(0), Gamma: ptr(0.0)}
		}, []string{"schedule.warmup_epochs: is -1", "schedule.step_size: is 0", "schedule.gamma: is 0"}},
		"cosine beyond its rate":   {func(c *Config) { c.Schedule.Kind, c.Schedule.FinalFactor = "cosine", ptr(1.5) }, []string{"schedule.final_factor: is 1.5"}},
		"momentum that never ends": {func(c *Config) { c.Kind, c.Momentum = "sgd_momentum", ptr(1.0) }, []string{"momentum: 1 is not in [0, 1)"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := valid()
			tc.change(&c)
			var ps problem.List
			c.Check(&ps)
			got := ps.All()
			if len(got) != len(tc.want) {
				t.Fatalf("got %v, want %d problems: %q", got, len(tc.want), tc.want)
			}
			for i, w := range tc.want {
				path, text, _ := strings.Cut(w, ": ")
				if got[i].Path != path || !strings.Contains(got[i].Text, text) {
					t.Errorf("got %q, want %q", got[i], w)
				}
			}
		})
	}
}

func TestNeedsEpochs(t *testing.T) {
	c := valid()
	if why := c.NeedsEpochs(); why != "" {
		t.Errorf("a constant rate needs %q", why)
	}
	c.Schedule.Kind = "cosine"
	if why := c.NeedsEpochs(); why != "optimizer.schedule.kind cosine" {
		t.Errorf("cosine: %q", why)
	}
}
