package train

import (
	"math"
	"strings"
	"testing"

	"noise2sparse/internal/problem"
	"noise2sparse/model"
)

func resampleConfig() Config {
	c := implicitConfig(0.3)
	c.Metrics.ImplicitLosses = false
	c.Epochs = 20
	c.Resampling = &ResamplingConfig{EveryEpochs: 2, UntilEpoch: 6, Samples: 60}
	return c
}

// kill makes neurons silent for every sample, and trains an epoch.
func kill(e *Engine, neurons ...int) {
	v := floats(e.b, e.Net.Hidden()[0].Bias.Value)
	for _, j := range neurons {
		v[j] = -1e3
	}
	uploadFloats(e.b, e.Net.Hidden()[0].Bias.Value, v)
	e.BeginEpoch(0, 0)
	e.Steps(0, 2)
}

func TestResample(t *testing.T) {
	e := engineOf(t, resampleConfig())
	kill(e, 3, 17)
	const n, d = 40, 8
	w, out := floats(e.b, e.Net.Hidden()[0].Weight.Value), outgoing(e)
	if got := e.Resample(2); got != 2 {
		t.Fatalf("%d neurons resampled, want 2", got)
	}
	w2, out2 := floats(e.b, e.Net.Hidden()[0].Weight.Value), outgoing(e)
	bias := floats(e.b, e.Net.Hidden()[0].Bias.Value)
	x := floats(e.b, e.train.x)
	living := livingNorm(normsOfRows(w, n), []int{3, 17})
	for j := range n {
		dead := j == 3 || j == 17
		for k := range d {
			if !dead && (w[j*d+k] != w2[j*d+k] || out[k*n+j] != out2[k*n+j]) {
				t.Fatalf("living neuron %d was changed", j)
			}
			if dead && math.Abs(w2[j*d+k]-0.2*living*out2[k*n+j]) > 1e-14 {
				t.Errorf("neuron %d: incoming %v, outgoing %v, mean norm %v", j, w2[j*d+k], out2[k*n+j], living)
			}
		}
		if dead && (bias[j] != 0 || !isSample(x, out2, j, n, d)) {
			t.Errorf("neuron %d has the bias %v, or outgoing weights that are no sample", j, bias[j])
		}
	}
	for _, s := range e.opt.State() {
		if strings.HasPrefix(s.Name, "hidden.0.weight/exp_avg") {
			v := floats(e.b, s.Tensor)
			for j := range n {
				zero := v[j*d] == 0 && v[j*d+d-1] == 0
				if dead := j == 3 || j == 17; dead && !zero || !dead && zero {
					t.Errorf("%s of neuron %d: %v", s.Name, j, v[j*d:(j+1)*d])
				}
			}
		}
	}
}

// isSample tells whether neuron j's outgoing weights are a training sample of norm 1.
func isSample(x, out []float64, j, n, d int) bool {
	for i := 0; i < len(x); i += d {
		u, same := unit(x[i:i+d]), true
		for k := range d {
			same = same && math.Abs(u[k]-out[k*n+j]) < 1e-14
		}
		if same {
			return true
		}
	}
	return false
}

func outgoing(e *Engine) []float64 {
	for _, p := range e.ModelBuffers() {
		if p.Name == "output.weight" {
			return floats(e.b, p.Tensor)
		}
	}
	return nil
}

// The same epoch of the same run draws the same samples, whatever was evaluated before.
func TestResampleRepeats(t *testing.T) {
	var first []float64
	for evaluations := range 2 {
		e := engineOf(t, resampleConfig())
		kill(e, 1, 2, 3)
		for i := range evaluations {
			e.Evaluate(i)
		}
		e.Resample(4)
		if v := floats(e.b, e.Net.Params().Values); first == nil {
			first = v
		} else {
			for i := range v {
				if v[i] != first[i] {
					t.Fatalf("weight %d differs", i)
				}
			}
		}
	}
}

// Samples are drawn in proportion to their squared loss: running sums tell.
func TestResampleWeighs(t *testing.T) {
	e := engineOf(t, resampleConfig())
	x, cumulative := e.squaredLosses(2)
	if len(cumulative) != 60 || len(x) != 60*8 {
		t.Fatalf("%d samples of %d numbers", len(cumulative), len(x))
	}
	for i, v := range cumulative {
		if v < 0 || i > 0 && v <= cumulative[i-1] {
			t.Errorf("running sum %d is %v after %v", i, v, cumulative[max(0, i-1)])
		}
	}
}

func TestResampleDue(t *testing.T) {
	c := resampleConfig()
	var due []int
	for epoch := 1; epoch <= c.Epochs; epoch++ {
		if c.resampleDue(epoch) {
			due = append(due, epoch)
		}
	}
	if len(due) != 3 || due[0] != 2 || due[2] != 6 {
		t.Errorf("due after epochs %v, want 2, 4, 6", due)
	}
	c.Epochs = 4
	if c.resampleDue(4) {
		t.Error("resampling at the end of the run would only do harm")
	}
}

func TestResampleRefused(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"task":    func(c *Config) { c.Task = taskClassification },
		"layers":  func(c *Config) { c.Model.Hidden = []int{3, 3} },
		"circuit": func(c *Config) { c.Model.Inhibition = &model.InhibitionConfig{} },
		"shampoo": func(c *Config) { c.Optimizer.Kind = "shampoo" },
		"every":   func(c *Config) { c.Resampling.EveryEpochs = 0 },
	} {
		c := resampleConfig()
		change(&c)
		var ps problem.List
		c.checkResampling(&ps)
		if len(ps.All()) != 1 {
			t.Errorf("%s: %v", name, ps.All())
		}
	}
}
