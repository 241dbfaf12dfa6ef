package main

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/safetensors"
	"noise2sparse/track"
)

// kills is how often TestKilledRunsEndTheSame kills: $NOISE2SPARSE_KILLS, else a few.
func kills(t *testing.T) int {
	n := 5
	if s := os.Getenv("NOISE2SPARSE_KILLS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatalf("NOISE2SPARSE_KILLS: %v", err)
		}
	}
	if testing.Short() {
		n = min(n, 2)
	}
	return n
}

// often is what all kinds of runs have in common that are to be killed: they save all the time.
func often(out string, more ...string) []string {
	return append([]string{
		"run", "--exp", "quickstart", "--out", out, "--quiet", "--set", "epochs=40",
		"--set", "checkpoint.every_steps=3", "--set", "checkpoint.keep_last=2",
		"--set", "metrics.neuron_vectors_every_epochs=5", "--set", "validation.every_epochs=2",
	}, more...)
}

// killable are the kinds of runs to be killed, by name.
func killable(t *testing.T) map[string][]string {
	labelled := labelledFile(t, filepath.Join(t.TempDir(), "labelled.safetensors"))
	return map[string][]string{
		"reconstruction": {"--set", "data.samples=600", "--set", "data.size=4", "--set", "model.hidden=[32]", "--set", "batch_size=64", "--set", "noise.sigma=0.3"},
		// 1800 samples are trained on: 7 batches and one sample.
		"classification": {
			"--set", "dataset=" + labelled, "--set", "task=classification", "--set", "batch_size=257",
			"--set", "model.hidden=[32,16]", "--set", "noise.kind=laplace", "--set", "noise.sigma=null", "--set", "noise.scale=0.3",
			"--set", "early_stopping.patience=8", "--set", "optimizer.lr=0.02",
		},
	}
}

// labelledFile is a file of 2000 samples of 16 values in 3 classes.
func labelledFile(t *testing.T, path string) string {
	t.Helper()
	const n, dim = 2000, 16
	x, y := make([]float32, n*dim), make([]byte, n)
	for i := range y {
		y[i] = byte(i % 3)
		for j := range dim {
			x[i*dim+j] = wave(i*dim+j) + float32(y[i])*wave(j)
		}
	}
	samples, err := array.FromFloat32s(x, n, dim)
	if err != nil {
		t.Fatal(err)
	}
	labels, err := array.New(dtype.Uint8, n)
	if err != nil {
		t.Fatal(err)
	}
	copy(labels.Bytes, y)
	var b bytes.Buffer
	if err := safetensors.Write(&b, []array.Named{{Name: "x", Array: samples}, {Name: "labels", Array: labels}}, nil); err != nil {
		t.Fatal(err)
	}
	return write(t, path, b.Bytes())
}

// Runs that are killed at random moments, also while they save, and started again by the same
// command end with the same bits in every weight, moment and metric as one left alone.
func TestKilledRunsEndTheSame(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("random moments from seed %d", seed)
	kinds := killable(t)
	if testing.Short() {
		delete(kinds, "reconstruction") // the same goroutines; all moments count without -short
	}
	for name, more := range kinds {
		t.Run(name, func(t *testing.T) { killedEndTheSame(t, rand.New(rand.NewPCG(seed, 0)), more) })
	}
}

func killedEndTheSame(t *testing.T, random *rand.Rand, more []string) {
	left := kills(t)
	whole := t.TempDir()
	began := time.Now()
	if a := child(t, often(whole, more...), 0); a != exitDone {
		t.Fatalf("the run left alone ended with code %d", a)
	}
	length := time.Since(began)
	want := outcome(t, glob(t, whole, "quickstart", "000-*"))
	t.Logf("a run takes %v", length)

	for runs := 0; left > 0; runs++ {
		out := t.TempDir()
		for {
			after := time.Duration(random.Int64N(int64(length)))
			if left == 0 {
				after = 0 // let it end
			}
			if child(t, often(out, more...), after) == exitDone {
				break
			}
			left--
			for _, name := range partial(t, out) {
				t.Errorf("run %d: checkpoint %s is not whole", runs, name)
			}
		}
		same(t, want, outcome(t, glob(t, out, "quickstart", "000-*")))
	}
}

// child runs the trainer as a process of its own, kills it after some time unless that is 0, and
// returns its exit code; -1 where it was killed.
func child(t *testing.T, args []string, after time.Duration) int {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, args...)
	c.Env = append(os.Environ(), "TRAINER_TEST_MAIN=1")
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		timer := time.AfterFunc(after, func() { c.Process.Kill() })
		defer timer.Stop()
	}
	c.Wait()
	if code := c.ProcessState.ExitCode(); code == -1 || code == exitDone {
		return code
	}
	t.Fatalf("exit code %d\n%s", c.ProcessState.ExitCode(), &said)
	return 0
}

// partial returns the checkpoints below out that are not whole.
func partial(t *testing.T, out string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(out, "*", "*", "checkpoints", "[0-9]*"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(found, func(path string) bool { return track.Verify(path) == nil })
}

// result is all that a run leaves: file name -> contents, with times taken out of the metrics.
type result struct {
	files   map[string]string
	metrics map[string]float64 // "epoch/step/name" -> value
}

func outcome(t *testing.T, dir string) result {
	t.Helper()
	r := result{map[string]string{}, map[string]float64{}}
	h, err := track.ReadMetrics(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range h.Points {
		for name, v := range p.Values {
			if !strings.HasPrefix(name, "time/") {
				r.metrics[strconv.Itoa(p.Epoch)+"/"+strconv.FormatUint(p.Step, 10)+"/"+name] = v
			}
		}
	}
	for _, pattern := range []string{"checkpoints/[0-9]*/*.safetensors", "neurons/*.safetensors"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no %s (%v)", dir, pattern, err)
		}
		for _, path := range found {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			name, _ := filepath.Rel(dir, path)
			r.files[name] = string(b)
		}
	}
	return r
}

func same(t *testing.T, want, got result) {
	t.Helper()
	if !maps.Equal(want.metrics, got.metrics) {
		t.Errorf("metrics differ: %d values, and %d of the run left alone", len(got.metrics), len(want.metrics))
	}
	for name, b := range want.files {
		if got.files[name] != b {
			t.Errorf("%s differs from that of the run left alone", name)
		}
	}
	if len(want.files) != len(got.files) {
		t.Errorf("files: %v, left alone: %v", slices.Sorted(maps.Keys(got.files)), slices.Sorted(maps.Keys(want.files)))
	}
}
