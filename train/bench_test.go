package train_test

import (
	"context"
	"fmt"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/model"
	"noise2sparse/optim"
	"noise2sparse/train"
)

// config is the default experiment's step on generated samples.
func config(hidden, batch int) train.Config {
	clip, sigma := 1.0, 0.8
	return train.Config{
		Task: "reconstruction", Dataset: "test", Epochs: 1, BatchSize: batch, Seed: 5,
		Model:      model.Config{Kind: "ffn", Hidden: []int{hidden}, Activation: "relu", HiddenBias: true, OutputBias: true},
		Noise:      model.NoiseConfig{Kind: "gaussian", Sigma: &sigma, InEvaluation: true},
		Optimizer:  optim.Config{Kind: "adam", LR: 1e-4, Betas: [2]float64{0.9, 0.999}, ClipNorm: &clip},
		Validation: train.ValidationConfig{EveryEpochs: 1},
		Checkpoint: train.CheckpointConfig{KeepLast: 1, BestMetric: "val/loss"},
		Compute:    train.ComputeConfig{Precision: "float32"},
	}
}

// samples are n × dim numbers in [0, 1) that follow from their place alone.
func samples(tb testing.TB, n, dim int) *data.Dataset {
	tb.Helper()
	x := make([]float32, n*dim)
	s := uint32(1)
	for i := range x {
		s = s*1664525 + 1013904223
		x[i] = float32(s>>8) / (1 << 24)
	}
	a, err := array.FromFloat32s(x, n, dim)
	if err != nil {
		tb.Fatal(err)
	}
	v, err := array.FromFloat32s(x[:dim*min(n, 64)], min(n, 64), dim)
	if err != nil {
		tb.Fatal(err)
	}
	return &data.Dataset{Name: "test", Train: data.Split{X: a}, Val: data.Split{X: v}}
}

func bench(tb testing.TB, hidden, batch, samplesN, steps int) train.BenchResult {
	tb.Helper()
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	defer b.Close()
	r, err := train.Bench(context.Background(), train.BenchSpec{
		Experiment: "test", Backend: b, Config: config(hidden, batch), Data: samples(tb, samplesN, 256), Warmup: 5, Steps: steps,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// A step allocates nothing, whole batches and the smaller last one alike.
func TestStepAllocatesNothing(t *testing.T) {
	r := bench(t, 64, 32, 100, 40)
	if r.BytesPerStep != 0 {
		t.Errorf("%v bytes are allocated per step", r.BytesPerStep)
	}
}

func BenchmarkStep(b *testing.B) {
	for _, c := range []struct{ hidden, batch int }{{1000, 512}, {10000, 1024}} {
		b.Run(fmt.Sprintf("256-%d-256,batch=%d", c.hidden, c.batch), func(b *testing.B) {
			r := bench(b, c.hidden, c.batch, 8*c.batch, max(20, b.N))
			b.ReportMetric(r.MsPerStep, "ms/step")
			b.ReportMetric(r.GFLOPS, "GFLOP/s")
			b.ReportMetric(r.GEMMPeakGFLOPS, "peak-GFLOP/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}
