package train_test

import (
	"context"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/model"
	"noise2sparse/train"
)

// A step of a network with everything a feed-forward network can have allocates nothing either.
func TestVariantsAllocateNothing(t *testing.T) {
	c := config(64, 32)
	c.Model.Activation, c.Model.SharedBias, c.Model.TiedWeights = "gelu", true, true
	c.Model.Projection, c.Model.Dropout = "before_noise", 0.1
	c.Model.InputNormalization = &model.NormalizationConfig{Mean: []float64{0.5}, Std: []float64{0.2}, Target: "normalized"}
	c.Regularization = train.RegularizationConfig{L1: 1e-5, L2: 1e-5, ActivationL1: 1e-3, Layers: "all"}
	c.Noise.Anneal = &model.AnnealConfig{Epochs: 2, StopAtTerminal: true}
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	r, err := train.Bench(context.Background(), train.BenchSpec{
		Experiment: "test", Backend: b, Config: c, Data: samples(t, 100, 256), Warmup: 5, Steps: 40,
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.BytesPerStep != 0 {
		t.Errorf("%v bytes are allocated per step", r.BytesPerStep)
	}
}
