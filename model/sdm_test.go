package model_test

import (
	"math"
	"strings"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
	"noise2sparse/model"
)

func ptr[T any](v T) *T { return &v }

func sdmConfig(neurons int, c model.SDMConfig) model.Config {
	c.LearnAddresses = true
	return model.Config{Kind: "sdm", Hidden: []int{neurons}, Activation: "relu", HiddenBias: true, OutputBias: true, SDM: c}
}

func TestSDMGradients(t *testing.T) {
	mask := model.TopKConfig{Kind: "flat_mask", K: ptr(4), Blocks: 1}
	for _, c := range []struct {
		name string
		sdm  model.SDMConfig
		topk model.TopKConfig
		bend func(*model.Config)
	}{
		{name: "relu"},
		{name: "shared bias", bend: func(c *model.Config) { c.HiddenBias, c.SharedBias = false, true }},
		{name: "addresses", sdm: model.SDMConfig{NormalizeAddresses: true}},
		{name: "output rows", sdm: model.SDMConfig{NormalizeOutputRows: true}},
		{name: "value vectors", sdm: model.SDMConfig{NormalizeValueVectors: true}},
		{name: "activations", sdm: model.SDMConfig{NormalizeActivations: true}},
		{name: "positive weights", sdm: model.SDMConfig{PositiveWeights: true}},
		{name: "all norms, mask", sdm: model.SDMConfig{NormalizeAddresses: true, NormalizeOutputRows: true, NormalizeActivations: true}, topk: mask},
		{name: "mask in blocks", topk: model.TopKConfig{Kind: "flat_mask", K: ptr(6), Blocks: 3}},
		{name: "linear decay", topk: model.TopKConfig{Kind: "linear_decay_mask", K: ptr(2), Blocks: 1, TransitionEpochs: ptr(3)}},
		{name: "learned k", topk: model.TopKConfig{Kind: "learn_k_sigmoid", InitialK: ptr(4.2), Window: ptr(0.5), LR: ptr(0.1), Blocks: 1}},
		{
			name: "learned k, activations", sdm: model.SDMConfig{NormalizeActivations: true},
			topk: model.TopKConfig{Kind: "learn_k_sigmoid", InitialK: ptr(5.2), Window: ptr(0.3), LR: ptr(0.1), Blocks: 1},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := sdmConfig(12, c.sdm)
			if c.bend != nil {
				c.bend(&config)
			}
			checkGradients(t, gradientCase{
				name: c.name, config: config, input: 5, output: 4, batch: 6, seed: 3,
				prepare: func(_ compute.Backend, s *model.Spec) { s.TopK = c.topk },
			})
		})
	}
}

// newTestSDM is an SDM on the float64 backend, projected.
func newTestSDM(t *testing.T, c model.Config, topk model.TopKConfig, batch, in int) (compute.Backend, model.Network) {
	t.Helper()
	b := openFloat64(t)
	n, err := model.New(b, c, model.Spec{Input: in, Output: in, Batch: batch, Seed: 9, TopK: topk})
	if err != nil {
		t.Fatal(err)
	}
	n.Params().Project(b)
	return b, n
}

// TestSDMZeroRows: a sample of zeros stays zero, gets no gradient, and is counted.
func TestSDMZeroRows(t *testing.T) {
	c := sdmConfig(7, model.SDMConfig{NormalizeAddresses: true, NormalizeActivations: true})
	c.HiddenBias, c.OutputBias = false, false
	b, n := newTestSDM(t, c, model.TopKConfig{Kind: "none"}, 3, 2)
	x := tensor(b, []float64{0, 0, 1, 2, 0, 0}, 3, 2)
	out := values(b, n.Forward(x, model.Train))
	for _, i := range []int{0, 1, 4, 5} {
		if out[i] != 0 {
			t.Errorf("output %d of a sample of zeros is %v", i, out[i])
		}
	}
	n.Backward(tensor(b, []float64{1, 1, 1, 1, 1, 1}, 3, 2))
	both := append(values(b, n.Params().List[0].Grad), values(b, n.Params().List[1].Grad)...)
	n.Forward(x.Slice(1, 2), model.Train)
	n.Backward(tensor(b, []float64{1, 1}, 1, 2))
	alone := append(values(b, n.Params().List[0].Grad), values(b, n.Params().List[1].Grad)...)
	for i := range both {
		if math.IsNaN(both[i]) || math.Abs(both[i]-alone[i]) > 1e-15 {
			t.Fatalf("gradient %d is %v with samples of zeros, %v without", i, both[i], alone[i])
		}
	}
	counted := map[string]float64{}
	for _, g := range n.(model.Gauged).Gauges() {
		counted[g.Metric] = values(b, g.Sum[model.Train])[0]
	}
	if counted["zero_inputs"] != 2 || counted["silent_samples"] != 2 {
		t.Errorf("counted %v, want 2 zero inputs and 2 silent samples of 4", counted)
	}
}

// TestSDMProject: signs, then norms; a row of zeros stays; columns instead of rows where asked for.
func TestSDMProject(t *testing.T) {
	for name, c := range map[string]model.SDMConfig{
		"rows":    {NormalizeAddresses: true, NormalizeOutputRows: true, PositiveWeights: true},
		"columns": {NormalizeValueVectors: true, PositiveWeights: true, PositiveBiases: true},
	} {
		b, n := newTestSDM(t, sdmConfig(3, c), model.TopKConfig{Kind: "none"}, 1, 2)
		w, v, bias := n.Params().List[0].Value, n.Params().List[2].Value, n.Params().List[1].Value
		upload(b, w, []float64{3, 4, -1, -2, -5, 2})
		upload(b, v, []float64{3, -1, 0, 4, -1, 5})
		upload(b, bias, []float64{-1, 0, 1})
		n.Params().Project(b)
		want := [][]float64{{0.6, 0.8, 0, 0, 0, 1}, {1, 0, 0, 4 / math.Sqrt(41), 0, 5 / math.Sqrt(41)}, {-1, 0, 1}}
		if name == "columns" {
			want = [][]float64{{3, 4, 0, 0, 0, 2}, {0.6, 0, 0, 0.8, 0, 1}, {0, 0, 1}}
		}
		for i, p := range []compute.Tensor{w, v, bias} {
			for j, got := range values(b, p) {
				if math.Abs(got-want[i][j]) > 1e-15 {
					t.Errorf("%s: parameter %d is %v, want %v", name, i, values(b, p), want[i])
					break
				}
			}
		}
	}
}

// TestSDMActivityL1: the penalty adds lambda/batch to the gradient of each active output, before the
// norms' own.
func TestSDMActivityL1(t *testing.T) {
	const lambda, batch = 0.3, 2
	for _, normalized := range []bool{false, true} {
		b := openFloat64(t)
		var bias [2][]float64
		var post []float64
		for i, l1 := range [][]float64{nil, {lambda}} {
			n, err := model.New(b, sdmConfig(6, model.SDMConfig{NormalizeActivations: normalized}),
				model.Spec{Input: 3, Output: 3, Batch: batch, Seed: 4, ActivityL1: l1})
			if err != nil {
				t.Fatal(err)
			}
			n.Forward(tensor(b, []float64{1, 2, 3, -1, 2, 1}, batch, 3), model.Train)
			n.Backward(tensor(b, []float64{1, -1, 1, 1, 2, 1}, batch, 3))
			bias[i], post = values(b, n.Params().List[1].Grad), values(b, n.Hidden()[0].Post)
		}
		for j := range bias[0] {
			want := bias[0][j]
			for r := range batch {
				if post[r*6+j] > 0 {
					want += lambda / batch
				}
			}
			if math.Abs(bias[1][j]-want) > 1e-12 {
				t.Errorf("normalised %v: the gradient of bias %d is %v with the penalty, want %v", normalized, j, bias[1][j], want)
			}
		}
	}
}

// TestSDMFrozenAddresses: addresses that are not learned get no gradient and are not stepped.
func TestSDMFrozenAddresses(t *testing.T) {
	c := sdmConfig(4, model.SDMConfig{})
	c.SDM.LearnAddresses = false
	b, n := newTestSDM(t, c, model.TopKConfig{Kind: "none"}, 2, 3)
	n.Forward(tensor(b, []float64{1, 2, 3, -1, 2, 1}, 2, 3), model.Train)
	n.Backward(tensor(b, []float64{1, 1, 1, 1, 1, 1}, 2, 3))
	p := n.Params().List[0]
	if p.Name != "hidden.0.weight" || !p.Frozen {
		t.Errorf("%s: frozen is %v", p.Name, p.Frozen)
	}
	for _, g := range values(b, p.Grad) {
		if g != 0 {
			t.Fatalf("gradient of frozen addresses: %v", values(b, p.Grad))
		}
	}
}

// TestSDMCheck: what makes no sense is refused, all of it at once.
func TestSDMCheck(t *testing.T) {
	good := sdmConfig(100, model.SDMConfig{})
	for _, c := range []struct {
		name string
		topk model.TopKConfig
		bend func(*model.Config)
		want []string
	}{
		{"nothing wrong", model.TopKConfig{Kind: "flat_mask", K: ptr(10), Blocks: 5}, nil, nil},
		{"too large", model.TopKConfig{Kind: "flat_mask", K: ptr(101), Blocks: 1}, nil, []string{"topk.k is 101, but the layer has only 100 neurons"}},
		{"k missing", model.TopKConfig{Kind: "flat_mask", Blocks: 1}, nil, []string{"topk.k is missing"}},
		{"all neurons", model.TopKConfig{Kind: "gaba_switch_act", K: ptr(100), Blocks: 1, SwitchThreshold: ptr(5.0)}, nil, []string{"at most 99"}},
		{"window", model.TopKConfig{Kind: "learn_k_sigmoid", InitialK: ptr(10.0), Window: ptr(0.015), LR: ptr(1.0), Blocks: 1}, nil, []string{"less than 2 of 100"}},
		{"blocks", model.TopKConfig{Kind: "flat_mask", K: ptr(10), Blocks: 3}, nil, []string{"does not divide the 100 neurons"}},
		{"blocks and k", model.TopKConfig{Kind: "flat_mask", K: ptr(10), Blocks: 4}, nil, []string{"does not divide k, 10"}},
		{"blocks of gaba", model.TopKConfig{Kind: "gaba_switch_act", K: ptr(10), Blocks: 2, SwitchThreshold: ptr(5.0)}, nil, []string{"selects among all neurons"}},
		{"foreign field", model.TopKConfig{Kind: "flat_mask", K: ptr(10), Blocks: 1, TransitionEpochs: ptr(3)}, nil, []string{"topk.transition_epochs is not a parameter of flat_mask"}},
		{"unknown", model.TopKConfig{Kind: "flat_masc", Blocks: 1}, nil, []string{"flat_mask"}},
		{"no rule", model.TopKConfig{Kind: "none", K: ptr(10), Blocks: 1}, nil, []string{"topk.k is given, but topk.kind is none"}},
		{"ffn", model.TopKConfig{Kind: "flat_mask", K: ptr(10), Blocks: 1}, func(c *model.Config) { c.Kind = "ffn" }, []string{"model.kind is ffn"}},
		{
			"two layers, gelu",
			model.TopKConfig{Kind: "none"},
			func(c *model.Config) { c.Hidden, c.Activation = []int{3, 4}, "gelu" },
			[]string{"an sdm has one", "an sdm has relu"},
		},
		{"switches of an ffn", model.TopKConfig{Kind: "none"}, func(c *model.Config) { c.Kind, c.SDM.NormalizeAddresses = "ffn", true }, []string{"model.kind sdm"}},
		{"values twice", model.TopKConfig{Kind: "none"}, func(c *model.Config) { c.SDM.NormalizeOutputRows, c.SDM.NormalizeValueVectors = true, true }, []string{"give one of them"}},
	} {
		config := good
		if c.bend != nil {
			c.bend(&config)
		}
		var ps problem.List
		config.Check(ps.At("model"))
		c.topk.Check(ps.At("topk"), &config)
		var text []string
		for _, p := range ps.All() {
			text = append(text, p.Path+" "+p.Text)
		}
		if len(text) != len(c.want) {
			t.Errorf("%s: %d problems, want %d: %q", c.name, len(text), len(c.want), text)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(strings.Join(text, "\n"), w) {
				t.Errorf("%s: no %q in %q", c.name, w, text)
			}
		}
	}
}
