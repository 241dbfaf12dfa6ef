package train

import (
	"context"
	"strings"
	"testing"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/model"
	"noise2sparse/optim"
)

// off is a backend whose products are a little off, as one that others disturb.
type off struct{ compute.Backend }

func (o off) Matmul(c, a, b compute.Tensor, ta, tb bool, alpha, beta float64) {
	o.Backend.Matmul(c, a, b, ta, tb, alpha*(1+0x1p-20), beta)
}

// tiny is a bench of a network that takes microseconds a step.
func tiny(t *testing.T) BenchSpec {
	t.Helper()
	sigma := 0.3
	x, err := array.FromFloat32s(make([]float32, 40*6), 40, 6)
	if err != nil {
		t.Fatal(err)
	}
	return BenchSpec{
		Data: &data.Dataset{Name: "test", Train: data.Split{X: x}}, Warmup: 5, Steps: 30,
		Config: Config{
			Task: "reconstruction", Dataset: "test", Epochs: 1, BatchSize: 12, Seed: 5,
			Model:     model.Config{Kind: "ffn", Hidden: []int{8}, Activation: "relu", HiddenBias: true, OutputBias: true},
			Noise:     model.NoiseConfig{Kind: "gaussian", Sigma: &sigma},
			Optimizer: optim.Config{Kind: "sgd", LR: 1e-2},
			Compute:   ComputeConfig{Precision: "float32"},
		},
	}
}

// TestBenchTogether: runs at once are counted together, and each must have the weights of the run alone.
func TestBenchTogether(t *testing.T) {
	s := tiny(t)
	alone, err := NewEngine(openCPU(t), s.Config, s.Data, Replace{})
	if err != nil {
		t.Fatal(err)
	}
	l := benchLoop{e: alone, quiet: true}
	for _, n := range []int{s.Warmup, s.Steps} {
		if err := l.run(context.Background(), newClock(12), n); err != nil {
			t.Fatal(err)
		}
	}
	if l.host <= 0 || l.wall < l.host {
		t.Errorf("the host's part is %v of %v", l.host, l.wall)
	}
	s.Beside = []compute.Backend{openCPU(t), openCPU(t), openCPU(t)}
	r, err := benchTogether(context.Background(), s, l.rate(s.Steps), digest(alone))
	if err != nil || r.Parallel != 3 || r.ParallelSamplesPerSecond <= 0 || r.ParallelSpeedup != r.ParallelSamplesPerSecond/l.rate(s.Steps) {
		t.Errorf("%+v, %v", r, err)
	}
	s.Beside = []compute.Backend{openCPU(t), off{openCPU(t)}}
	if _, err := benchTogether(context.Background(), s, 1, digest(alone)); err == nil || !strings.Contains(err.Error(), "run 2") {
		t.Errorf("other weights: %v", err)
	}
}
