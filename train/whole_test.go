package train_test

import (
	"bytes"
	"context"
	"math"
	"path/filepath"
	"testing"

	"go.uber.org/zap"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/internal/dtype"
	"noise2sparse/track"
	"noise2sparse/train"
)

// runOn is a whole run on a device opened with o; it returns the summary and the last checkpoint.
func runOn(t *testing.T, o compute.Options, c train.Config) (track.Summary, *track.Checkpoint) {
	t.Helper()
	return runOnData(t, o, c, samples(t, 300, 48))
}

func runOnData(t *testing.T, o compute.Options, c train.Config, d *data.Dataset) (track.Summary, *track.Checkpoint) {
	t.Helper()
	b, err := compute.Open("cpu", o)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	dir := filepath.Join(t.TempDir(), "run")
	folder, err := track.Create(dir, []byte("# test\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	s, err := train.Run(context.Background(), train.Job{
		Experiment: "test", Config: c, ConfigYAML: []byte("# test\n"), Version: "test", Backend: b,
		Data: d, Folder: folder, Log: zap.NewNop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	k, _, err := track.Latest(dir)
	if err != nil || k == nil {
		t.Fatal(k, err)
	}
	return s, k
}

// The number of threads changes no bit of a run: parameters, moments and sums after three epochs.
func TestThreadsChangeNoBit(t *testing.T) {
	c := config(200, 128)
	c.Epochs = 3
	_, one := runOn(t, compute.Options{Threads: 1}, c)
	for _, threads := range []int{2, 3} {
		_, more := runOn(t, compute.Options{Threads: threads}, c)
		for i, a := range append(one.Model, one.Optimizer...) {
			if b := append(more.Model, more.Optimizer...)[i]; a.Name != b.Name || !bytes.Equal(a.Array.Bytes, b.Array.Bytes) {
				t.Errorf("%s differs between 1 and %d threads", a.Name, threads)
			}
		}
	}
}

// A run in float64 saves float64, and comes within rounding to where float32 does.
func TestFloat64Run(t *testing.T) {
	c := config(64, 128)
	c.Epochs, c.Optimizer.LR = 3, 1e-3
	narrow, _ := runOn(t, compute.Options{}, c)
	c.Compute.Precision = "float64"
	wide, k := runOn(t, compute.Options{Float: compute.Float64}, c)
	for _, p := range k.Model {
		if p.Array.DType != dtype.Float64 {
			t.Errorf("%s is saved as %v", p.Name, p.Array)
		}
	}
	a, b := float64(narrow.TrainLoss), float64(wide.TrainLoss)
	if a == b || !(math.Abs(a-b) < 1e-4*b) {
		t.Errorf("training loss %v in float32, %v in float64: want them close, not equal", a, b)
	}
}

// Early stopping ends a run after so many evaluations without an improvement of more than min_delta.
func TestEarlyStopping(t *testing.T) {
	for name, c := range map[string]struct {
		stopping train.EarlyStopping
		lr       float64
		epochs   int // done, of 12
	}{
		"it improves":      {train.EarlyStopping{Metric: "val/loss", Patience: 2}, 1e-3, 12},
		"never by so much": {train.EarlyStopping{Metric: "val/loss", Patience: 2, MinDelta: 1e6}, 1e-3, 3},
		"patience":         {train.EarlyStopping{Metric: "val/loss", Patience: 5, MinDelta: 1e6}, 1e-3, 6},
	} {
		cfg := config(16, 64)
		cfg.Epochs, cfg.Optimizer.LR, cfg.EarlyStopping = 12, c.lr, &c.stopping
		*cfg.Noise.Sigma = 0
		s, err := run(t, filepath.Join(t.TempDir(), "run"), cfg, samples(t, 300, 16), nil)
		if err != nil || s.Epochs != c.epochs || s.StoppedEarly != (c.epochs < 12) {
			t.Errorf("%s: %d epochs, stopped early %t (%v); want %d epochs", name, s.Epochs, s.StoppedEarly, err, c.epochs)
		}
	}
}

// Accuracy improves upwards: a run that learns its classes is not stopped for that.
func TestEarlyStoppingByAccuracy(t *testing.T) {
	cfg := config(16, 64)
	cfg.Task, cfg.Epochs, cfg.Optimizer.LR = "classification", 12, 1e-2
	*cfg.Noise.Sigma = 0
	cfg.EarlyStopping = &train.EarlyStopping{Metric: "val/accuracy", Patience: 6}
	d := samples(t, 300, 16)
	d.Classes = 2
	label := func(s *data.Split) {
		for i := range s.Len() {
			class := int32(0)
			if v := s.X.Slice(i, i+1).Float32s(); v[0]+v[1] > 1 {
				class = 1
			}
			s.Labels = append(s.Labels, class)
		}
	}
	label(&d.Train)
	label(&d.Val)
	s, err := run(t, filepath.Join(t.TempDir(), "run"), cfg, d, nil)
	// Were lower better, the first epoch would stay the best one, and the seventh be the last.
	if err != nil || s.Epochs <= 7 || !(float64(*s.ValAccuracy) > 0.8) {
		t.Errorf("%d epochs, accuracy %v (%v)", s.Epochs, *s.ValAccuracy, err)
	}
}
