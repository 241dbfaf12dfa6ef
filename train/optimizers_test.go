package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"go.uber.org/zap"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/optim"
	"noise2sparse/track"
	"noise2sparse/train"
)

// withOptimizer is a small run with a rule, a rate of its own for biases, and a rate that changes in
// every step.
func withOptimizer(kind string) train.Config {
	c := config(24, 32)
	biasLR := 3e-3
	c.Epochs = 4
	c.Optimizer.Kind, c.Optimizer.LR = kind, 1e-2
	c.Optimizer.Schedule = optim.ScheduleConfig{Kind: "cosine", Every: "step", WarmupEpochs: 0.5}
	if kind != "adafactor" {
		c.Optimizer.BiasLR = &biasLR
	}
	return c
}

// cancelAfter cancels a run after that many steps.
type cancelAfter struct {
	steps  int
	cancel context.CancelFunc
}

func (w *cancelAfter) Progress(p train.Progress) {
	if p.Epoch*p.StepsPerEpoch+p.Step >= w.steps {
		w.cancel()
	}
}

func (w *cancelAfter) EpochDone(int, map[string]float64) {}

// runIn trains in dir, from its newest checkpoint if there is one; stop > 0 interrupts it after
// that many steps. It returns the last checkpoint.
func runIn(t *testing.T, dir string, c train.Config, d *data.Dataset, stop int) *track.Checkpoint {
	t.Helper()
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	job := train.Job{Experiment: "test", ID: "test", Config: c, ConfigYAML: []byte("# test\n"), Version: "test", Backend: b, Data: d, Log: zap.NewNop()}
	if job.Folder, err = track.Open(dir); err != nil {
		if job.Folder, err = track.Create(dir, []byte("# test\n")); err != nil {
			t.Fatal(err)
		}
	} else {
		job.Resume = latest(t, dir)
	}
	if stop > 0 {
		job.Config.Checkpoint.EverySteps = &stop // so that it looks up then
		job.Watch = &cancelAfter{stop, cancel}
	}
	_, err = train.Run(ctx, job)
	if want := stop > 0; errors.Is(err, train.ErrInterrupted) != want || err != nil && !want {
		t.Fatal(err)
	}
	if err := job.Folder.Close(); err != nil {
		t.Fatal(err)
	}
	return latest(t, dir)
}

func latest(t *testing.T, dir string) *track.Checkpoint {
	t.Helper()
	c, broken, err := track.Latest(dir)
	if err != nil || len(broken) > 0 || c == nil {
		t.Fatalf("%s: no checkpoint, or broken ones: %v %v", dir, broken, err)
	}
	return c
}

// sameTensors compares two lists of tensors bit by bit.
func sameTensors(t *testing.T, got, want []array.Named) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%d tensors, not %d", len(got), len(want))
	}
	for i := range got {
		if got[i].Name != want[i].Name || !bytes.Equal(got[i].Array.Bytes, want[i].Array.Bytes) {
			t.Errorf("%s differs", want[i].Name)
		}
	}
}

// With every optimizer, 10 steps, a new process and 10 more are the same, bit for bit, as 20.
func TestEveryOptimizerResumes(t *testing.T) {
	d := samples(t, 160, 16) // 5 steps an epoch
	for _, kind := range optim.Optimizers.Names() {
		t.Run(kind, func(t *testing.T) {
			c := withOptimizer(kind)
			whole := runIn(t, t.TempDir()+"/whole", c, d, 0)
			dir := t.TempDir() + "/cut"
			for _, stop := range []int{3, 11} { // inside of epochs
				if cut := runIn(t, dir, c, d, stop); cut.Manifest.Step != uint64(stop) {
					t.Fatalf("cut off after %d steps, not %d", cut.Manifest.Step, stop)
				}
			}
			resumed := runIn(t, dir, c, d, 0)
			if whole.Manifest.Step != 20 || resumed.Manifest.Step != 20 {
				t.Fatalf("%d and %d steps, not 20", whole.Manifest.Step, resumed.Manifest.Step)
			}
			sameTensors(t, resumed.Model, whole.Model)
			sameTensors(t, resumed.Optimizer, whole.Optimizer)
		})
	}
}

// No optimizer allocates in a step, with one group of parameters or several.
func TestNoOptimizerAllocates(t *testing.T) {
	for _, kind := range optim.Optimizers.Names() {
		for _, c := range []train.Config{withOptimizer(kind), config(24, 32)} {
			c.Optimizer.Kind, c.Epochs = kind, 1
			t.Run(fmt.Sprintf("%s/%d rates", kind, map[bool]int{true: 1, false: 2}[c.Optimizer.BiasLR == nil]), func(t *testing.T) {
				b, err := compute.Open("cpu", compute.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer b.Close()
				e, err := train.NewEngine(b, c, samples(t, 8*32+4, 40), train.Replace{})
				if err != nil {
					t.Fatal(err)
				}
				e.BeginEpoch(0, 0)
				step := 0
				allocations := testing.AllocsPerRun(e.StepsPerEpoch()-1, func() { // and once before it counts
					e.Steps(step, 1)
					step++
				})
				if err := b.Sync(); err != nil || step != e.StepsPerEpoch() || allocations != 0 {
					t.Errorf("%v allocations per step in %d steps (%v)", allocations, step, err)
				}
			})
		}
	}
}
