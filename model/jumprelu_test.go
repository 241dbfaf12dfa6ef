package model_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/model"
)

func jumpConfig(threshold, bandwidth float64) model.Config {
	return model.Config{
		Kind: "ffn", Hidden: []int{7, 5}, Activation: "jumprelu", HiddenBias: true, OutputBias: true, Projection: "none",
		JumpReLU:  model.JumpReLUConfig{Threshold: threshold, Bandwidth: bandwidth},
		BatchTopK: model.BatchTopKConfig{K: 2, Decay: 0.9},
	}
}

// Weights and biases have true gradients; those of the thresholds are stand-ins.
func TestJumpReLUGradients(t *testing.T) {
	checkGradients(t, gradientCase{config: jumpConfig(0.2, 0.5), input: 6, output: 4, batch: 9, seed: 4, pseudo: "log_threshold"})
}

// The thresholds' pseudo-derivative against its formula, entry by entry.
func TestJumpReLUThresholds(t *testing.T) {
	const n, batch, theta, width = 3, 50, 0.4, 0.6
	b := openFloat64(t)
	c := jumpConfig(theta, width)
	var ps model.Params
	e, err := model.Activations.Get("jumprelu")
	if err != nil {
		t.Fatal(err)
	}
	act := e.Value(b, model.LayerSpec{Batch: batch, Width: n, Name: "hidden.0", Config: &c, Params: &ps})
	log := ps.List[0]
	log.Value, log.Grad = tensor(b, []float64{math.Log(theta), math.Log(2 * theta), math.Log(0.1)}, n), b.Alloc(compute.Float64, n)

	rng := rand.New(rand.NewPCG(1, 1))
	z, dpost := normals(rng, batch*n), normals(rng, batch*n)
	pre, post, d := tensor(b, z, batch, n), b.Alloc(compute.Float64, batch, n), tensor(b, dpost, batch, n)
	act.Forward(b, post, pre, compute.Tensor{}, model.NewActivity(b, n))
	act.Backward(b, d, compute.Tensor{}, d, post, pre)
	for j, limit := range []float64{theta, 2 * theta, 0.1} {
		var want float64
		for i := range batch {
			at := i*n + j
			value, slope := 0.0, 0.0
			if z[at] > limit {
				value, slope = z[at], 1
			}
			if got := values(b, post)[at]; got != value {
				t.Errorf("f(%v) with threshold %v is %v", z[at], limit, got)
			}
			if got := values(b, d)[at]; got != slope*dpost[at] {
				t.Errorf("at %v with threshold %v the gradient %v became %v", z[at], limit, dpost[at], got)
			}
			if math.Abs(z[at]-limit) < width/2 {
				want -= limit * limit / width * dpost[at]
			}
		}
		if got := values(b, log.Grad)[j]; math.Abs(got-want) > 1e-12 || want == 0 {
			t.Errorf("threshold %v: gradient %v, want %v", limit, got, want)
		}
	}
}

func TestBatchTopKGradients(t *testing.T) {
	c := jumpConfig(1, 1)
	c.Activation = "batch_topk"
	checkGradients(t, gradientCase{config: c, input: 6, output: 4, batch: 9, seed: 4})
}

// In training k neurons a sample fire on average, shared unevenly; in evaluation the threshold is the
// corrected mean of the batches', whatever else is in the batch.
func TestBatchTopK(t *testing.T) {
	b := openFloat64(t)
	c := jumpConfig(1, 1)
	c.Activation, c.Hidden, c.HiddenBias = "batch_topk", []int{4}, false
	net, err := model.New(b, c, model.Spec{Input: 4, Output: 1, Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range net.Params().List {
		if p.Name == "hidden.0.weight" { // neurons repeat the input
			upload(b, p.Value, []float64{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1})
		}
	}
	post := func(m model.Mode, x ...float64) []float64 {
		net.Forward(tensor(b, x, len(x)/4, 4), m)
		return values(b, net.Hidden()[0].Post)
	}
	equal := func(what string, got []float64, want ...float64) {
		t.Helper()
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-15 {
				t.Errorf("%s: %v, want %v", what, got, want)
				return
			}
		}
	}
	equal("before any training all positive neurons fire", post(model.Eval, -1, 0, 1e-9, 5), 0, 0, 1e-9, 5)
	equal("first batch", post(model.Train, 9, 8, 7, 1, 6, 2, -3, 0), 9, 8, 7, 0, 6, 0, 0, 0) // threshold 6
	equal("evaluation", post(model.Eval, 5.9, 6, 6.1, 100), 0, 0, 6.1, 100)
	equal("a smaller batch", post(model.Train, 1, 3, 2, -1), 0, 3, 2, 0) // threshold 2
	mean := (0.9*6 + 2) / 1.9
	equal("evaluation", post(model.Eval, mean-1e-9, mean+1e-9, 0, -1), 0, mean+1e-9, 0, 0)
	if s := net.State(); len(s) != 2 || !strings.HasPrefix(s[0].Name, "hidden.0.") {
		t.Errorf("a checkpoint would hold %v", s)
	}
}
