package model_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
	"noise2sparse/model"
)

// ramp is a noise source that adds 0.1, 0.2, 0.3, ... to the elements.
type ramp struct{ b compute.Backend }

func (ramp) On(model.Mode) bool { return true }

func (r ramp) Add(dst, src compute.Tensor, _ model.Mode) {
	v := make([]float64, src.Len())
	for i := range v {
		v[i] = 0.1 * float64(i%7+1)
	}
	r.b.Binary(compute.Add, dst, src, tensor(r.b, v, src.Shape()...))
}

func ffnConfig(change func(c *model.Config)) model.Config {
	c := model.Config{Kind: "ffn", Hidden: []int{6}, Activation: "relu", HiddenBias: true, OutputBias: true, Projection: "none"}
	change(&c)
	return c
}

func TestVariantGradients(t *testing.T) {
	noisy := func(b compute.Backend, s *model.Spec) { s.Noise = ramp{b} }
	step := func(b compute.Backend, s *model.Spec) {
		s.Step = b.Alloc(compute.Int64, 1)
		b.Fill(s.Step, 3)
	}
	l1 := func(lambda ...float64) func(compute.Backend, *model.Spec) {
		return func(_ compute.Backend, s *model.Spec) { s.ActivityL1 = lambda }
	}
	for name, c := range map[string]struct {
		change  func(c *model.Config)
		prepare func(b compute.Backend, s *model.Spec)
	}{
		"shared bias":                   {func(c *model.Config) { c.SharedBias = true }, nil},
		"shared bias, two layers, gelu": {func(c *model.Config) { c.SharedBias, c.Hidden, c.Activation = true, []int{6, 5}, "gelu" }, nil},
		"tied":                          {func(c *model.Config) { c.TiedWeights = true }, noisy},
		"tied, no output bias, sigmoid": {func(c *model.Config) { c.TiedWeights, c.OutputBias, c.Activation = true, false, "sigmoid" }, nil},
		"tied, three layers":            {func(c *model.Config) { c.TiedWeights, c.Hidden = true, []int{6, 5, 6} }, nil},
		"projection before noise":       {func(c *model.Config) { c.Projection = "before_noise" }, noisy},
		"projection after noise":        {func(c *model.Config) { c.Projection = "after_noise" }, noisy},
		"projection, tied, no noise":    {func(c *model.Config) { c.Projection, c.TiedWeights = "after_noise", true }, nil},
		"normalised": {func(c *model.Config) {
			c.InputNormalization = &model.NormalizationConfig{Mean: []float64{0.1, -0.2}, Std: []float64{0.5, 2}}
		}, noisy},
		"dropout":                        {func(c *model.Config) { c.Dropout = 0.4 }, step},
		"dropout, two layers, tanh":      {func(c *model.Config) { c.Dropout, c.Hidden, c.Activation = 0.4, []int{6, 5}, "tanh" }, step},
		"activation L1":                  {func(*model.Config) {}, l1(0.7)},
		"activation L1, first of two":    {func(c *model.Config) { c.Hidden = []int{6, 5} }, l1(0.7, 0)},
		"activation L1, all, leaky_relu": {func(c *model.Config) { c.Hidden, c.Activation = []int{6, 5}, "leaky_relu" }, l1(0.7, 0.7)},
		"activation L1, inhibition": {func(c *model.Config) {
			c.Inhibition = &model.InhibitionConfig{Kind: "all_to_all", Steps: 2, StepSize: 0.5}
		}, l1(0.7)},
	} {
		t.Run(name, func(t *testing.T) {
			checkGradients(t, gradientCase{config: ffnConfig(c.change), input: 4, output: 4, batch: 7, seed: 3, prepare: c.prepare})
		})
	}
}

// TestInputs: what the first layer sees, and what a reconstruction is compared with.
func TestInputs(t *testing.T) {
	b := openFloat64(t)
	c := ffnConfig(func(c *model.Config) {
		c.InputNormalization = &model.NormalizationConfig{Mean: []float64{1, -1}, Std: []float64{2, 0.5}, Target: "normalized"}
	})
	net, err := model.New(b, c, model.Spec{Input: 4, Output: 4, Batch: 2, Noise: ramp{b}})
	if err != nil {
		t.Fatal(err)
	}
	x := tensor(b, []float64{3, 1, 0, -1}, 1, 4)
	net.Forward(x, model.Train)
	equal(t, "target", values(b, net.(model.Targeter).Target(x)), []float64{1, 0, 2, 0})
	equal(t, "input of the first layer", values(b, net.Hidden()[0].Input()), []float64{1.1, 0.2, 2.3, 0.4})
	c.InputNormalization.Target = "raw"
	if net, err = model.New(b, c, model.Spec{Input: 4, Output: 4, Batch: 2}); err != nil {
		t.Fatal(err)
	}
	net.Forward(x, model.Train)
	equal(t, "raw target", values(b, net.(model.Targeter).Target(x)), values(b, x))
}

// TestDropout: in training a share of the outputs is 0 and the others are scaled; another step and
// another layer drop others; evaluation drops nothing; activity is counted before.
func TestDropout(t *testing.T) {
	b := openFloat64(t)
	c := ffnConfig(func(c *model.Config) { c.Hidden, c.Activation, c.Dropout = []int{64, 64, 64}, "identity", 0.25 })
	s := model.Spec{Input: 4, Output: 4, Batch: 32, Seed: 9, Step: b.Alloc(compute.Int64, 1), ActivityThreshold: 0}
	net, err := model.New(b, c, s)
	if err != nil {
		t.Fatal(err)
	}
	x := b.Alloc(compute.Float64, 32, 4)
	b.Uniform(x, 1, 2, 1, compute.PurposeInit)
	of := func(layer int, m model.Mode) (places []int) {
		net.Forward(x, m)
		in, post := values(b, net.Hidden()[layer+1].Input()), values(b, net.Hidden()[layer].Post)
		for i, v := range in {
			switch {
			case v == 0 && post[i] != 0:
				places = append(places, i)
			case m == model.Eval && v != post[i], m == model.Train && math.Abs(v-post[i]/0.75) > 1e-12:
				t.Fatalf("output %d is %v, the next layer sees %v", i, post[i], v)
			}
		}
		return places
	}
	dropped := func(m model.Mode) []int { return of(0, m) }
	first := dropped(model.Train)
	if second := of(1, model.Train); slices.Equal(first, second) {
		t.Error("two layers drop the same outputs")
	}
	if share := float64(len(first)) / (32 * 64); math.Abs(share-0.25) > 0.05 {
		t.Errorf("a share of %v is dropped, want 0.25", share)
	}
	equal(t, "the same step again", ints(dropped(model.Train)), ints(first))
	b.Advance(s.Step, 1)
	if slices.Equal(dropped(model.Train), first) {
		t.Error("another step drops the same outputs")
	}
	if n := len(dropped(model.Eval)); n > 0 {
		t.Errorf("evaluation drops %d outputs", n)
	}
	for _, f := range values(b, net.Hidden()[0].Activity[model.Eval].Fired) {
		if f != 32 {
			t.Fatalf("a neuron was active for %v of 32 samples", f)
		}
	}
}

func ints(v []int) []float64 {
	f := make([]float64, len(v))
	for i, x := range v {
		f[i] = float64(x)
	}
	return f
}

func equal(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Fatalf("%s: element %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func TestVariantProblems(t *testing.T) {
	for _, c := range []struct {
		change func(c *model.Config)
		want   []string
	}{
		{func(c *model.Config) { c.TiedWeights, c.Hidden = true, []int{5, 7} }, []string{"tied_weights: needs a last hidden layer as wide as the first"}},
		{func(c *model.Config) { c.Projection, c.Dropout = "both", 1 }, []string{`projection: is "both"`, "dropout: is 1;"}},
		{func(c *model.Config) {
			c.InputNormalization = &model.NormalizationConfig{Mean: []float64{1, math.NaN()}, Std: []float64{0}, Target: "clean"}
		}, []string{"std: has 1 values, mean has 2", "mean: of channel 1 is NaN", "std: of channel 0 is 0", `target: is "clean"`}},
	} {
		config := ffnConfig(c.change)
		var ps problem.List
		config.Check(&ps)
		var got []string
		for _, p := range ps.All() {
			got = append(got, p.String())
		}
		all := strings.Join(got, "\n")
		if len(got) != len(c.want) {
			t.Errorf("%d problems, want %d:\n%s", len(got), len(c.want), all)
		}
		for _, w := range c.want {
			if !strings.Contains(all, w) {
				t.Errorf("no problem contains %q:\n%s", w, all)
			}
		}
	}
}

func TestVariantsThatDoNotFitTheData(t *testing.T) {
	b := openFloat64(t)
	for _, c := range []struct {
		change func(c *model.Config)
		want   string
	}{
		{func(c *model.Config) { c.TiedWeights = true }, "as many outputs as inputs; there are 3 and 4"},
		{func(c *model.Config) {
			c.InputNormalization = &model.NormalizationConfig{Mean: []float64{0, 0, 0}, Std: []float64{1, 1, 1}}
		}, "3 channels, but samples have 4 numbers"},
	} {
		_, err := model.New(b, ffnConfig(c.change), model.Spec{Input: 4, Output: 3, Batch: 2})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}
