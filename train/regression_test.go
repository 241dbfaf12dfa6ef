package train_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/zap"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/track"
	"noise2sparse/train"
)

// run does a job with c on d in the folder dir, new or resumed.
func run(t *testing.T, dir string, c train.Config, d *data.Dataset, start *track.Checkpoint) (track.Summary, error) {
	t.Helper()
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	open := func() (*track.Run, error) { return track.Create(dir, []byte("# test\n")) }
	var resume *track.Checkpoint
	if _, err := os.Stat(dir); err == nil {
		open = func() (*track.Run, error) { return track.Open(dir) }
		if resume, _, err = track.Latest(dir); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	return train.Run(context.Background(), train.Job{
		Experiment: "test", Config: c, ConfigYAML: []byte("# test\n"), Version: "test", Backend: b, Data: d,
		Folder: folder, Log: zap.NewNop(), Resume: resume, Start: start,
	})
}

func small(epochs int) train.Config {
	c := config(24, 64)
	c.Epochs = epochs
	c.Checkpoint.KeepBest = true
	return c
}

func weights(t *testing.T, dir string) []float64 {
	t.Helper()
	c, _, err := track.Latest(dir)
	if err != nil || c == nil {
		t.Fatal(c, err)
	}
	var w []float64
	for _, n := range c.Model {
		for i := range n.Array.Len() {
			w = append(w, n.Array.Float64(i))
		}
	}
	return w
}

func distance(a, b []float64) float64 {
	var s float64
	for i := range a {
		s += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(s)
}

// Moments of another run go on where they were: bias correction counts the steps they have seen, so
// a run that starts from them moves as far as that run resumed.
func TestStartFromMomentsKeepsTheStepCount(t *testing.T) {
	d := samples(t, 1000, 16)
	source := filepath.Join(t.TempDir(), "source")
	if _, err := run(t, source, small(30), d, nil); err != nil {
		t.Fatal(err)
	}
	before := weights(t, source)
	start, _, err := track.Latest(source)
	if err != nil {
		t.Fatal(err)
	}
	c := small(1)
	c.StartFrom = &train.StartFrom{Run: source, Moments: true}
	next := filepath.Join(t.TempDir(), "next")
	if _, err := run(t, next, c, d, start); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, source, small(31), d, nil); err != nil {
		t.Fatal(err)
	}
	resumed, started := distance(weights(t, source), before), distance(weights(t, next), before)
	if started < 0.8*resumed || started > 1.25*resumed {
		t.Errorf("one epoch moves the weights by %.4g with the moments, by %.4g where the run itself goes on", started, resumed)
	}
}

// Longer after the fact is the same as long from the beginning, evaluations included.
func TestExtendedRunEqualsALongOne(t *testing.T) {
	d := samples(t, 500, 16)
	c := small(8)
	c.Validation.EveryEpochs = 4
	whole, cut := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "cut")
	want, err := run(t, whole, c, d, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Epochs = 6
	if _, err := run(t, cut, c, d, nil); err != nil {
		t.Fatal(err)
	}
	c.Epochs = 8
	got, err := run(t, cut, c, d, nil)
	if err != nil {
		t.Fatal(err)
	}
	if *got.ValLoss != *want.ValLoss || got.TrainLoss != want.TrainLoss || distance(weights(t, whole), weights(t, cut)) != 0 {
		t.Errorf("validation loss %v and %v, training loss %v and %v", *got.ValLoss, *want.ValLoss, got.TrainLoss, want.TrainLoss)
	}
}

// A run that was stopped early goes on when it is told to, and forgets what it knew of another metric.
func TestStoppedRunGoesOn(t *testing.T) {
	d := samples(t, 300, 16)
	dir := filepath.Join(t.TempDir(), "run")
	c := small(50)
	c.EarlyStopping = &train.EarlyStopping{Metric: "val/loss", Patience: 1, MinDelta: 1e9}
	s, err := run(t, dir, c, d, nil)
	if err != nil || !s.StoppedEarly || s.Epochs != 2 || s.ValLoss == nil {
		t.Fatalf("%+v (%v)", s, err)
	}
	c.EarlyStopping, c.Epochs = nil, 5
	c.Checkpoint.BestMetric = "train/active_fraction"
	if s, err = run(t, dir, c, d, nil); err != nil || s.StoppedEarly || s.Epochs != 5 || *s.BestEpoch < 3 {
		t.Errorf("%+v (%v)", s, err)
	}
}

// A validation loss that is infinite is no improvement, and no reason to lose the run.
func TestInfiniteValidationLoss(t *testing.T) {
	d := samples(t, 300, 16)
	x, err := d.Val.X.Reshape(d.Val.X.Shape...)
	if err != nil {
		t.Fatal(err)
	}
	x.Bytes = append([]byte{}, x.Bytes...)
	for i := 3; i < len(x.Bytes); i += 4 {
		x.Bytes[i] = 0x7e // about 1e37: the square overflows
	}
	d.Val.X = x
	c := small(9)
	c.EarlyStopping = &train.EarlyStopping{Metric: "val/loss", Patience: 3}
	s, err := run(t, filepath.Join(t.TempDir(), "run"), c, d, nil)
	if err != nil || !s.StoppedEarly || s.Epochs != 3 {
		t.Errorf("%d epochs, stopped early: %v (%v)", s.Epochs, s.StoppedEarly, err)
	}
}

// The checkpoint kept as the best one holds the weights that its metric was measured on.
func TestBestCheckpointIsTheMeasuredOne(t *testing.T) {
	d := samples(t, 500, 16)
	dir := filepath.Join(t.TempDir(), "run")
	c := small(12)
	every := 5 // of 8 steps an epoch
	c.Checkpoint.EverySteps = &every
	if _, err := run(t, dir, c, d, nil); err != nil {
		t.Fatal(err)
	}
	steps, err := track.Checkpoints(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		k, err := track.Load(filepath.Join(dir, "checkpoints", strconv.FormatUint(s, 10)))
		if err != nil {
			t.Fatal(err)
		}
		if _, has := k.Manifest.Metrics["val/loss"]; has != (s%8 == 0) {
			t.Errorf("the checkpoint of step %d has a validation loss: %v", s, has)
		}
	}
}

// A learning rate that breaks the weights: the run stops, says when, and saves nothing broken.
func TestBrokenWeightsAreNotSaved(t *testing.T) {
	d := samples(t, 300, 16)
	dir := filepath.Join(t.TempDir(), "run")
	c := small(50)
	c.Optimizer.LR = 1e30
	every := 1
	c.Checkpoint.EverySteps, c.Checkpoint.KeepLast = &every, 9
	_, err := run(t, dir, c, d, nil)
	var nan *train.NonFiniteError
	if !errors.As(err, &nan) || nan.Step < 1 || nan.Step > 3 {
		t.Fatalf("got %v", err)
	}
	if s, err := track.ReadStatus(dir); err != nil || s.State != track.NaN || s.Epoch != 0 {
		t.Errorf("status %+v (%v)", s, err)
	}
	if steps, err := track.Checkpoints(dir); err != nil || len(steps) != int(nan.Step)-1 {
		t.Errorf("checkpoints of the steps %v (%v), the first bad one is %d", steps, err, nan.Step)
	} else if len(steps) > 0 {
		allFinite(t, weights(t, dir))
	}
}

func allFinite(t *testing.T, w []float64) {
	t.Helper()
	for _, v := range w {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatal("a checkpoint holds weights that are not finite")
		}
	}
}

// A rate that rises until the weights break, some epochs after the run was well: the last checkpoint
// before that is named, none after it is there, and those before it are what they were.
func TestTheLastGoodCheckpointSurvives(t *testing.T) {
	d := samples(t, 300, 16)
	c := small(2)
	every, gamma, step := 1, 1e3, 1
	c.Checkpoint.EveryEpochs, c.Checkpoint.KeepLast = &every, 50
	c.Optimizer.Kind, c.Optimizer.LR = "sgd", 1e-6
	c.Optimizer.Schedule.Kind, c.Optimizer.Schedule.Gamma, c.Optimizer.Schedule.StepSize = "step", &gamma, &step
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := run(t, dir, c, d, nil); err != nil {
		t.Fatal(err)
	}
	at := func(step uint64) string {
		return filepath.Join(dir, "checkpoints", strconv.FormatUint(step, 10), "model.safetensors")
	}
	perEpoch := uint64(5) // 270 training samples in batches of 64
	before, err := os.ReadFile(at(2 * perEpoch))
	if err != nil {
		t.Fatal(err)
	}
	c.Epochs = 50
	_, err = run(t, dir, c, d, nil)
	var nan *train.NonFiniteError
	if !errors.As(err, &nan) {
		t.Fatalf("got %v", err)
	}
	steps, err := track.Checkpoints(dir)
	if err != nil || len(steps) < 2 {
		t.Fatalf("checkpoints of the steps %v (%v)", steps, err)
	}
	last := slices.Max(steps)
	if want := (nan.Step - 1) / perEpoch * perEpoch; last != want || nan.Checkpoint != filepath.Dir(at(last)) {
		t.Errorf("not finite at step %d: the newest checkpoint is of step %d, want %d; named is %q", nan.Step, last, want, nan.Checkpoint)
	}
	allFinite(t, weights(t, dir))
	if after, err := os.ReadFile(at(2 * perEpoch)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the checkpoint of step %d has changed (%v)", 2*perEpoch, err)
	}
	start, err := track.Load(nan.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	c = small(1)
	c.StartFrom = &train.StartFrom{Run: nan.Checkpoint}
	if _, err := run(t, filepath.Join(t.TempDir(), "next"), c, d, start); err != nil {
		t.Errorf("a new run from the last good checkpoint: %v", err)
	}
}

func TestMetricThatIsNotMeasured(t *testing.T) {
	c := small(5)
	c.EarlyStopping = &train.EarlyStopping{Metric: "val/grad_norm", Patience: 2}
	_, err := run(t, filepath.Join(t.TempDir(), "run"), c, samples(t, 300, 16), nil)
	if err == nil || !strings.Contains(err.Error(), "early_stopping.metric is val/grad_norm, which this run does not measure") {
		t.Errorf("got %v", err)
	}
}
