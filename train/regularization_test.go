package train

import (
	"math"
	"strings"
	"testing"
	"unsafe"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
	"noise2sparse/data"
	"noise2sparse/internal/problem"
	"noise2sparse/model"
	"noise2sparse/optim"
)

// smallConfig is a network with two hidden layers on samples of `width` numbers.
func smallConfig(change func(c *Config)) Config {
	c := Config{
		Task: taskReconstruction, Dataset: "test", Epochs: 3, BatchSize: 8, Seed: 3,
		Model:     model.Config{Kind: "ffn", Hidden: []int{9, 7}, Activation: "relu", HiddenBias: true, OutputBias: true},
		Noise:     model.NoiseConfig{Kind: "gaussian", InEvaluation: true},
		Optimizer: optim.Config{Kind: "sgd", LR: 0.01},
	}
	c.Optimizer.Schedule.Kind = "constant"
	change(&c)
	return c
}

// smallEngine runs it in float64 on 20 samples, and 10 for validation.
func smallEngine(t *testing.T, c Config, h Hooks) *Engine {
	t.Helper()
	b, err := compute.Open("cpu", compute.Options{Float: compute.Float64})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	e, err := NewEngine(b, c, &data.Dataset{Name: "test", Train: data.Split{X: grains(t, 20)}, Val: data.Split{X: grains(t, 10)}}, Replace{Hooks: h})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// numbers reads a Float64 tensor.
func numbers(e *Engine, x compute.Tensor) []float64 {
	v := make([]float64, x.Len())
	e.b.Download(unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 8*len(v)), x)
	return v
}

// firstStep is what the first step of a run computes: gradients and parameters by name, activations,
// the loss, and the loss of an evaluation with the first weights.
type firstStep struct {
	grads, params map[string][]float64
	posts         [][]float64
	loss, val     float64
	valPosts      []float64 // Σ|post| of each layer over the validation samples
}

func first(t *testing.T, c Config) firstStep {
	t.Helper()
	s := firstStep{grads: map[string][]float64{}, params: map[string][]float64{}}
	var e *Engine
	e = smallEngine(t, c, Hooks{
		AfterBackward: func() {
			for _, p := range e.Net.Params().List {
				s.grads[p.Name], s.params[p.Name] = numbers(e, p.Grad), numbers(e, p.Value)
			}
			for _, h := range e.Net.Hidden() {
				s.posts = append(s.posts, numbers(e, h.Post))
			}
		},
		AfterEvalStep: func() {
			for i, h := range e.Net.Hidden() {
				if len(s.valPosts) <= i {
					s.valPosts = append(s.valPosts, 0)
				}
				for _, a := range numbers(e, h.Post) {
					s.valPosts[i] += math.Abs(a)
				}
			}
		},
	})
	e.Evaluate(0)
	s.val = e.MeasureEvaluation().Loss
	e.BeginEpoch(0, 0)
	e.Steps(0, 1)
	s.loss = e.LastStep().Loss
	return s
}

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-11*math.Max(1, math.Abs(want)) }

// TestRegularization: the loss, in training and evaluation, and each gradient differ from those
// without penalties by the terms' formulas.
func TestRegularization(t *testing.T) {
	plain := first(t, smallConfig(func(*Config) {}))
	for name, r := range map[string]RegularizationConfig{
		"all":               {L1: 0.3, L2: 0.2, PenaltyOn: "all", Layers: "first"},
		"weights":           {L1: 0.3, L2: 0.2, PenaltyOn: "weights", Layers: "first"},
		"l1":                {L1: 0.3, PenaltyOn: "all"},
		"l2 of weights":     {L2: 0.2, PenaltyOn: "weights"},
		"activations":       {ActivationL1: 0.4, Layers: "first"},
		"all activations":   {ActivationL1: 0.4, Layers: "all"},
		"everything at all": {L1: 0.3, L2: 0.2, ActivationL1: 0.4, Layers: "all"},
	} {
		t.Run(name, func(t *testing.T) {
			got := first(t, smallConfig(func(c *Config) { c.Regularization = r }))
			term := 0.0 // of the parameters
			for p, v := range plain.params {
				penalised := r.PenaltyOn != "weights" || strings.HasSuffix(p, "weight")
				for i, x := range v {
					g := 0.0
					if penalised {
						term += r.L1*math.Abs(x) + r.L2*x*x
						g = r.L1*math.Copysign(1, x) + 2*r.L2*x
					}
					if r.ActivationL1 == 0 && !near(got.grads[p][i], plain.grads[p][i]+g) {
						t.Fatalf("%s[%d]: gradient %v, want %v + %v", p, i, got.grads[p][i], plain.grads[p][i], g)
					}
				}
			}
			train, val := plain.loss+term, plain.val+10*term
			for l, post := range plain.posts {
				if l > 0 && r.Layers != "all" {
					break
				}
				for _, a := range post {
					train += r.ActivationL1 * math.Abs(a) / 8
				}
				val += r.ActivationL1 * plain.valPosts[l]
			}
			if !near(got.loss, train) {
				t.Errorf("loss %v, want %v", got.loss, train)
			}
			if !near(got.val, val) {
				t.Errorf("total validation loss %v, want %v", got.val, val)
			}
			if r.ActivationL1 > 0 && near(got.grads["hidden.0.weight"][0], plain.grads["hidden.0.weight"][0]) {
				t.Error("activation L1 has no gradient")
			}
		})
	}
}

// TestTargets: what a network that normalises its input is compared with.
func TestTargets(t *testing.T) {
	const mean, std = 0.4, 0.25
	for target, want := range map[string]func(x float64) float64{
		"raw":        func(x float64) float64 { return x },
		"normalized": func(x float64) float64 { return (x - mean) / std },
	} {
		var e *Engine
		squared := 0.0 // mean over a sample's numbers, summed over the samples of a batch
		look := func() {
			squared = 0
			out, x := numbers(e, e.out), numbers(e, e.x)
			for i, y := range out {
				r := y - want(x[i])
				squared += r * r / width
			}
		}
		e = smallEngine(t, smallConfig(func(c *Config) {
			c.Model.InputNormalization = &model.NormalizationConfig{Mean: []float64{mean}, Std: []float64{std}, Target: target}
		}), Hooks{AfterBackward: look})
		e.BeginEpoch(0, 0)
		e.Steps(0, 1)
		if got := e.LastStep().Loss; !near(got, squared/8) {
			t.Errorf("target %s: loss %v, want %v", target, got, squared/8)
		}
	}
}

func TestVariantCombinations(t *testing.T) {
	c := smallConfig(func(c *Config) {
		c.Task, c.Model.TiedWeights, c.Scaling = taskClassification, true, "z_score"
		c.Model.InputNormalization = &model.NormalizationConfig{Mean: []float64{0}, Std: []float64{1}, Target: "normalized"}
		c.Regularization = RegularizationConfig{L1: -1, L2: math.NaN(), PenaltyOn: "biases", ActivationL1: math.Inf(1), Layers: "last"}
		c.Metrics.ActivityThreshold = -1
	})
	var ps problem.List
	c.Check(&ps)
	var all []string
	for _, p := range ps.All() {
		all = append(all, p.String())
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{
		"model.tied_weights: needs an output as wide as the input", "model.input_normalization.target: is normalized",
		"regularization.l1: is -1", "regularization.l2: is NaN", "regularization.activation_l1: is +Inf",
		`regularization.penalty_on: is "biases"`, `regularization.layers: is "last"`, `scaling: is "z_score"`,
		"metrics.activity_threshold: is -1",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no problem says %q:\n%s", want, text)
		}
	}
}
