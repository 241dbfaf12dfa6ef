package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/problem"
	"noise2sparse/model"
	"noise2sparse/optim"
)

// implicitConfig is a small reconstruction under noise.
func implicitConfig(sigma float64) Config {
	clip := 1.0
	return Config{
		Task: taskReconstruction, Dataset: "sparse", Epochs: 1, BatchSize: 50, Seed: 3,
		Model:      model.Config{Kind: "ffn", Hidden: []int{40}, Activation: "relu", HiddenBias: true, OutputBias: true, Projection: "none"},
		Noise:      model.NoiseConfig{Kind: "gaussian", Sigma: &sigma, InEvaluation: true},
		Optimizer:  optim.Config{Kind: "adam", LR: 1e-3, Betas: [2]float64{0.9, 0.999}, ClipNorm: &clip},
		Metrics:    MetricsConfig{ImplicitLosses: true, ImplicitSamples: 500},
		Validation: ValidationConfig{EveryEpochs: 1},
	}
}

// normalSplit is n normal samples of d numbers, in float64.
func normalSplit(n, d int, seed uint64) data.Split {
	rng := rand.New(rand.NewPCG(seed, 1))
	v := make([]float64, n*d)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	return data.Split{X: array.Array{DType: dtype.Float64, Shape: []int{n, d}, Bytes: append([]byte{}, rawBytes(v)...)}}
}

// engineOf is an untrained network in float64, on 100 training and 500 validation samples.
func engineOf(t *testing.T, c Config) *Engine {
	t.Helper()
	b, err := compute.Open("cpu", compute.Options{Float: compute.Float64})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	d := &data.Dataset{Name: "normal", Train: normalSplit(100, 8, 1), Val: normalSplit(500, 8, 2)}
	e, err := NewEngine(b, c, d, Replace{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The closed form against plain loops over samples and pairs of neurons.
func TestImplicitLinearPart(t *testing.T) {
	sigma := 0.4
	e := engineOf(t, implicitConfig(sigma))
	got := e.implicit.measure()
	w, bias := floats(e.b, e.Net.Hidden()[0].Weight.Value), floats(e.b, e.Net.Hidden()[0].Bias.Value)
	v := floats(e.b, e.implicit.output.Value)
	x := floats(e.b, e.val.x)
	const d, n, samples = 8, 40, 500
	var sparsity, specialisation float64
	for s := range samples {
		var active []int
		for i := range n {
			pre := bias[i]
			for j := range d {
				pre += w[i*d+j] * x[s*d+j]
			}
			if pre > 0 {
				active = append(active, i)
			}
		}
		for _, i := range active {
			for _, k := range active {
				var vv, ww float64
				for j := range d {
					vv += v[j*n+i] * v[j*n+k]
					ww += w[i*d+j] * w[k*d+j]
				}
				if i == k {
					sparsity += vv * ww
				} else {
					specialisation += vv * ww
				}
			}
		}
	}
	unit := sigma * sigma / d / samples
	for _, c := range []struct {
		name      string
		got, want float64
	}{{"sparsity", got.Sparsity, unit * sparsity}, {"specialisation", got.Specialisation, unit * specialisation}} {
		if math.Abs(c.got-c.want) > 1e-12*math.Abs(unit*sparsity) {
			t.Errorf("%s is %v, pair by pair %v", c.name, c.got, c.want)
		}
	}
}

// The parts add up to what noise adds to the loss that the network itself computes, up to the chance
// of the draws.
func TestImplicitAddsUp(t *testing.T) {
	const sigma, evaluations, samples = 2.0, 40, 500
	e := engineOf(t, implicitConfig(sigma))
	with := 0.0
	for i := range evaluations {
		e.Evaluate(i)
		with += e.MeasureEvaluation().Loss / samples / evaluations
	}
	c := implicitConfig(sigma)
	c.Metrics.ImplicitLosses, c.Noise.InEvaluation = false, false
	clean := engineOf(t, c)
	clean.Evaluate(0)
	without := clean.MeasureEvaluation().Loss / samples
	got := e.implicit.measure()
	if want := with - without; math.Abs(got.Total()-want) > 0.05*want {
		t.Errorf("the parts %+v add up to %v; noise adds %v to the loss of evaluations", *got, got.Total(), want)
	}
	if l := e.implicit.loss(e.implicit.x); math.Abs(l-without) > 1e-12 {
		t.Errorf("loss without noise is %v, an evaluation says %v", l, without)
	}
}

// Blocks of neurons, the last one smaller, change nothing.
func TestImplicitBlocks(t *testing.T) {
	e := engineOf(t, implicitConfig(0.7))
	e.implicit.measure()
	want, wantOwn := e.implicit.linear()
	e.implicit.block = 7
	if got, own := e.implicit.linear(); math.Abs(got-want) > 1e-10*want || own != wantOwn {
		t.Errorf("in blocks of 7 neurons %v and %v, at once %v and %v", got, own, want, wantOwn)
	}
}

// Where the noise is too small to carry neurons over their thresholds, the network is linear and
// the closed form explains all of it; where it is large, it does not.
func TestImplicitSmallNoise(t *testing.T) {
	for _, c := range []struct{ sigma, below, above float64 }{{1e-5, 1e-3, 0}, {3, 10, 0.1}} {
		got := engineOf(t, implicitConfig(c.sigma)).implicit.measure()
		share := math.Abs(got.Margin) / got.Total()
		if !(share <= c.below) || share < c.above {
			t.Errorf("sigma %v: the margin is %.3g of the whole (%+v), want %v to %v", c.sigma, share, *got, c.above, c.below)
		}
	}
}

// Measuring changes no bit of what is learned.
func TestImplicitChangesNothing(t *testing.T) {
	weights := func(on bool) []float64 {
		c := implicitConfig(0.5)
		c.Metrics.ImplicitLosses = on
		e := engineOf(t, c)
		for epoch := range 2 {
			e.BeginEpoch(epoch, uint64(2*epoch))
			e.Steps(0, 2)
			e.Evaluate(epoch)
			e.MeasureEvaluation()
		}
		return floats(e.b, e.Net.Params().Values)
	}
	with, without := weights(true), weights(false)
	for i := range with {
		if with[i] != without[i] {
			t.Fatalf("weight %d is %v with measuring, %v without", i, with[i], without[i])
		}
	}
}

func TestImplicitRefused(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"task":       func(c *Config) { c.Task = taskClassification },
		"two layers": func(c *Config) { c.Model.Hidden = []int{3, 4} },
		"gelu":       func(c *Config) { c.Model.Activation = "gelu" },
		"circuit":    func(c *Config) { c.Model.Inhibition = &model.InhibitionConfig{} },
		"tied":       func(c *Config) { c.Model.TiedWeights = true },
		"laplace":    func(c *Config) { c.Noise.Kind = "laplace" },
		"no noise":   func(c *Config) { c.Noise.Sigma = nil },
		"samples":    func(c *Config) { c.Metrics.ImplicitSamples = 0 },
	} {
		c := implicitConfig(0.5)
		change(&c)
		var ps problem.List
		c.checkImplicit(&ps)
		if len(ps.All()) != 1 {
			t.Errorf("%s: %d problems, want 1: %v", name, len(ps.All()), ps.All())
		}
	}
}
