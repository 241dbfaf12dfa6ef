package model_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"noise2sparse/internal/problem"
	"noise2sparse/model"
)

// inhibitedConfig is a network with inhibitory circuits in two hidden layers of unequal width.
func inhibitedConfig(in model.InhibitionConfig) model.Config {
	return model.Config{Kind: "ffn", Hidden: []int{7, 5}, Activation: "relu", HiddenBias: true, OutputBias: true, Inhibition: &in}
}

func TestInhibitionGradients(t *testing.T) {
	for _, kind := range []string{"all_to_all", "interneuron"} {
		for _, only := range []bool{false, true} {
			for _, steps := range []int{1, 2, 5} {
				for _, size := range []float64{1, 0.3} {
					in := model.InhibitionConfig{Kind: kind, OnlyInhibitory: only, Steps: steps, StepSize: size}
					t.Run(fmt.Sprintf("%s/only=%v/%d steps of %v", kind, only, steps, size), func(t *testing.T) {
						checkGradients(t, gradientCase{config: inhibitedConfig(in), input: 6, output: 4, batch: 9, seed: 4})
					})
				}
			}
		}
	}
}

// One neuron with self-inhibition, worked out by hand: pre = 2, weight 0.5, two half steps.
func TestInhibitionByHand(t *testing.T) {
	for _, c := range []struct {
		weight float64
		only   bool
		want   float64
	}{
		{0.5, false, 1.375},  // mu 2 -> 2 + ((2−1) − 2)/2 = 1.5 -> 1.5 + ((2−0.75) − 1.5)/2
		{-0.5, false, 2.875}, // facilitation: 2 -> 2.5 -> 2.5 + ((2+1.25) − 2.5)/2
		{-0.5, true, 2},      // which only_inhibitory cuts off
		{9, false, 0},        // 2 -> −7 -> −2.5: silent
	} {
		b := openFloat64(t)
		in := model.InhibitionConfig{Kind: "all_to_all", OnlyInhibitory: c.only, Steps: 2, StepSize: 0.5}
		cfg := model.Config{Kind: "ffn", Hidden: []int{1}, Activation: "relu", Inhibition: &in}
		net, err := model.New(b, cfg, model.Spec{Input: 1, Output: 1, Batch: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range net.Params().List {
			v := map[string]float64{"hidden.0.weight": 2, "inhibition.0.weight": c.weight, "output.weight": 1}[p.Name]
			upload(b, p.Value, []float64{v})
		}
		net.Forward(tensor(b, []float64{1}, 1, 1), model.Eval)
		if got := values(b, net.Hidden()[0].Post)[0]; math.Abs(got-c.want) > 1e-15 {
			t.Errorf("weight %v, only inhibitory %v: activity %v, want %v", c.weight, c.only, got, c.want)
		}
		if fired := values(b, net.Hidden()[0].Stages[0].Activity[model.Eval].Fired)[0]; fired != 1 {
			t.Errorf("before the circuit the neuron fires; counted %v", fired)
		}
	}
}

func TestInhibitionRefused(t *testing.T) {
	for _, c := range []struct {
		change func(*model.Config)
		want   string
	}{
		{func(c *model.Config) { c.Inhibition.Kind = "interneurone" }, "did you mean"},
		{func(c *model.Config) { c.Inhibition.Steps = 0 }, "steps: is 0"},
		{func(c *model.Config) { c.Inhibition.StepSize = 0 }, "step_size: is 0"},
		{func(c *model.Config) { c.Inhibition.StepSize = math.NaN() }, "step_size: is NaN"},
		{func(c *model.Config) { c.Activation = "gelu" }, "always relu"},
		{func(c *model.Config) { c.Kind = "sdm" }, "networks of kind ffn"},
	} {
		cfg := inhibitedConfig(model.InhibitionConfig{Kind: "interneuron", Steps: 2, StepSize: 1})
		c.change(&cfg)
		var ps problem.List
		cfg.Check(&ps)
		if got := fmt.Sprint(ps.All()); !strings.Contains(got, c.want) {
			t.Errorf("problems %s, want %q among them", got, c.want)
		}
	}
}
