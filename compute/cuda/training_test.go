//go:build cgo && linux

package cuda

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/model"
	"noise2sparse/optim"
	"noise2sparse/train"
)

// trainingConfig is a small network whose noise falls silent after the first epoch.
func trainingConfig(epochs int) train.Config {
	clip, sigma, silent := 1.0, 0.3, 1
	return train.Config{
		Task: "reconstruction", Dataset: "test", Epochs: epochs, BatchSize: 4, Seed: 5,
		Model:      model.Config{Kind: "ffn", Hidden: []int{8}, Activation: "relu", HiddenBias: true, OutputBias: true},
		Noise:      model.NoiseConfig{Kind: "gaussian", Sigma: &sigma, OffAfterEpochs: &silent},
		Optimizer:  optim.Config{Kind: "adam", LR: 1e-3, Betas: [2]float64{0.9, 0.999}, ClipNorm: &clip},
		Validation: train.ValidationConfig{EveryEpochs: 1},
		Compute:    train.ComputeConfig{Precision: "float32"},
	}
}

// waves are n samples of six numbers.
func waves(t *testing.T, n int) *data.Dataset {
	t.Helper()
	x := make([]float32, 6*n)
	for i := range x {
		x[i] = float32(i*i%17) / 16
	}
	a, err := array.FromFloat32s(x, n, 6)
	if err != nil {
		t.Fatal(err)
	}
	return &data.Dataset{Name: "test", Train: data.Split{X: a}, Val: data.Split{X: a}}
}

func newTraining(t *testing.T, b compute.Backend, epochs, samples int) *train.Engine {
	t.Helper()
	e, err := train.NewEngine(b, trainingConfig(epochs), waves(t, samples), train.Replace{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// trained are the weights after two epochs, the first with noise and the second without, done in
// stretches of at most so many steps.
func trained(t *testing.T, eager bool, samples, stretch int) []byte {
	t.Helper()
	b := newTest(t, compute.Options{Eager: eager})
	defer b.Close()
	e := newTraining(t, b, 2, samples)
	step := uint64(0)
	for epoch := range 2 {
		e.BeginEpoch(epoch, step)
		for first := 0; first < e.StepsPerEpoch(); first += stretch {
			e.Steps(first, min(stretch, e.StepsPerEpoch()-first))
			if err := b.Sync(); err != nil {
				t.Fatal(err)
			}
		}
		step += uint64(e.StepsPerEpoch())
	}
	values := e.Net.Params().Values
	out := make([]byte, values.Bytes())
	b.Download(out, values)
	return out
}

// TestStepsInGraphs: one graph for a step, one for several, and no graph give the same bits, whatever the
// number of steps in an epoch, with and without a smaller batch at its end.
func TestStepsInGraphs(t *testing.T) {
	const k = mostRuns
	cases := []struct{ full, left int }{{k + 1, 2}}
	if os.Getenv("NOISE2SPARSE_SLOW") == "1" {
		cases = append(cases, []struct{ full, left int }{{1, 3}, {k - 1, 0}, {k, 0}, {k, 1}, {3*k + 5, 3}}...)
	}
	for _, c := range cases {
		samples := 4*c.full + c.left
		want := trained(t, true, samples, 1000)
		if !bytes.Equal(trained(t, false, samples, 1000), want) {
			t.Errorf("%d samples: graphs give other bits than single launches", samples)
		}
		if c.full > 2*k && !bytes.Equal(trained(t, false, samples, k+3), want) {
			t.Errorf("%d samples: shorter stretches give other bits", samples)
		}
	}
}

// TestTrainingGrowsNothing: over many steps, in epochs with and without noise, neither device, nor Go's
// heap, nor the process takes more memory.
func TestTrainingGrowsNothing(t *testing.T) {
	steps := 120
	if os.Getenv("NOISE2SPARSE_SLOW") == "1" {
		steps = 10_000
	}
	b := newTest(t, compute.Options{})
	defer b.Close()
	e := newTraining(t, b, 1000, 103)
	epoch := func(i int) {
		e.BeginEpoch(i%2, uint64(i*e.StepsPerEpoch()))
		e.Steps(0, e.StepsPerEpoch())
		if err := b.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		epoch(i)
	}
	before := inUse(t, b)
	for i := range steps / e.StepsPerEpoch() {
		epoch(4 + i)
	}
	after := inUse(t, b)
	if after.device != before.device || len(b.graphs.all) != 4 {
		t.Errorf("%d steps took %d bytes of the device; %d programs", steps, after.device-before.device, len(b.graphs.all))
	}
	if grown := after.heap - before.heap; grown > 64<<10 {
		t.Errorf("%d steps took %d bytes of Go's heap", steps, grown)
	}
	if grown := after.resident - before.resident; grown > 8<<20 {
		t.Errorf("%d steps took %d bytes of the process", steps, grown)
	}
}

// memory is what is in use, in bytes.
type memory struct{ device, heap, resident int64 }

func inUse(t *testing.T, b *backend) memory {
	t.Helper()
	free, total, err := b.dev.FreeMemory()
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	if err != nil {
		t.Fatal(fmt.Errorf("/proc/self/statm: %w", err))
	}
	return memory{total - free, int64(m.HeapAlloc), pages * int64(os.Getpagesize())}
}
