//go:build cgo && linux

package cuda

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/train"
)

// watchLeft returns a function that says what was made on the stand-in driver since and not given back.
func watchLeft(t *testing.T) func() string {
	t.Helper()
	needStandIn(t)
	name := filepath.Join(t.TempDir(), "left")
	t.Setenv("RUNNER_LEFT", name)
	b := newTest(t, compute.Options{}) // so that there is a file
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return func() string {
		text, err := os.ReadFile(fmt.Sprintf("%s.%d", name, os.Getpid()))
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", ", ")
	}
}

// trainSome opens a backend, trains some steps and gives everything back. It returns the first error.
func trainSome(t *testing.T, o compute.Options) (weights []byte, err error) {
	t.Helper()
	o.Float = compute.Float32
	b, err := openTest(o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	e, err := train.NewEngine(b, trainingConfig(1), waves(t, 83), train.Replace{})
	if err != nil {
		return nil, err
	}
	e.BeginEpoch(0, 0)
	e.Steps(0, e.StepsPerEpoch())
	weights = make([]byte, e.Net.Params().Values.Bytes())
	b.Download(weights, e.Net.Params().Values)
	return weights, b.Sync()
}

// TestNothingLeftAfterAnyFailure: each call that takes something from the device fails once, and a kernel
// at several places: each time the error says so, nothing is left, and the next run is as any.
func TestNothingLeftAfterAnyFailure(t *testing.T) {
	left := watchLeft(t)
	chunk := arenaChunk
	arenaChunk = func() int64 { return 0 } // each tensor is memory of its own: many places to fail
	defer func() { arenaChunk = chunk }()
	want, err := trainSome(t, compute.Options{})
	if err != nil || left() != "" {
		t.Fatalf("%v; left: %s", err, left())
	}
	for _, c := range []struct {
		call    string
		says    []string // what was free, and CUDA's own words
		options compute.Options
		step    int // every so many calls
	}{
		{"cuMemAlloc", []string{"MiB are free", "CUDA_ERROR_OUT_OF_MEMORY"}, compute.Options{}, 1},
		{"cublasCreate", []string{"MiB are free", "CUBLAS_STATUS_ALLOC_FAILED"}, compute.Options{}, 1},
		{"cuModuleLoadData", []string{"MiB are free", "CUDA_ERROR_OUT_OF_MEMORY"}, compute.Options{}, 1},
		{"cuGraphInstantiate", []string{"MiB are free", "CUDA_ERROR_OUT_OF_MEMORY"}, compute.Options{}, 1},
		{"cuMemHostAlloc", []string{"MiB are free", "CUDA_ERROR_OUT_OF_MEMORY"}, compute.Options{Dataset: "host"}, 1},
		{"launch", []string{"CUDA_ERROR_LAUNCH_FAILED"}, compute.Options{}, 131},
	} {
		if os.Getenv("NOISE2SPARSE_SLOW") != "1" {
			c.step *= 9 // places enough for a quick look
		}
		fails := 0
		for n := 1; ; n += c.step {
			t.Setenv("RUNNER_FAIL", fmt.Sprintf("%s:%d", c.call, n))
			_, err := trainSome(t, c.options)
			t.Setenv("RUNNER_FAIL", "")
			if err == nil {
				break
			}
			fails++
			if !containsAll(err.Error(), c.says) || errors.Is(err, compute.ErrDeviceLost) != (c.call == "launch") || errors.Is(err, compute.ErrOutOfMemory) == (c.call == "launch") {
				t.Fatalf("%s, call %d: %v", c.call, n, err)
			}
			if left() != "" {
				t.Fatalf("%s, call %d leaves %s", c.call, n, left())
			}
		}
		t.Logf("%s failed at %d places", c.call, fails)
		if fails == 0 && c.call != "cuMemHostAlloc" { // which is needed only where registering fails
			t.Errorf("%s never failed", c.call)
		}
	}
	if got, err := trainSome(t, compute.Options{}); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the next run: %v, or other bits", err)
	}
}

func containsAll(text string, all []string) bool {
	return !slices.ContainsFunc(all, func(s string) bool { return !strings.Contains(text, s) })
}

// TestNeighbours: runs that end by too little memory, or by a panic while a graph is being recorded, give
// everything back and change no bit of the runs beside them.
func TestNeighbours(t *testing.T) {
	left := watchLeft(t)
	want, err := trainSome(t, compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			if got, err := trainSome(t, compute.Options{}); err != nil || !bytes.Equal(got, want) {
				t.Errorf("beside others: %v, or other bits", err)
			}
		})
		wait.Go(func() {
			b := newTest(t, compute.Options{})
			b.Alloc(compute.Float32, 1<<20, 1<<12)
			if err := b.Sync(); err == nil || errors.Is(err, compute.ErrDeviceLost) {
				t.Errorf("too much memory: %v", err)
			}
			_ = b.Close()
		})
		wait.Go(func() {
			b := newTest(t, compute.Options{})
			calls := 0
			text := panics(func() {
				defer b.Close()
				x := b.Alloc(compute.Float32, 4)
				b.Record(func() {
					b.Fill(x, 1)
					if calls++; calls == 2 {
						panic("oh")
					}
				}).Run(2)
			})
			if text != "oh" {
				t.Errorf("panic %q", text)
			}
		})
	}
	wait.Wait()
	if left() != "" {
		t.Errorf("left: %s", left())
	}
}

// TestLostDevice: after a fault no backend on the device goes on, each says so, and all is given back.
func TestLostDevice(t *testing.T) {
	left := watchLeft(t)
	first, second := newTest(t, compute.Options{}), newTest(t, compute.Options{})
	first.kernel("fill_f32").ptr(64).f32(1).i64(4).elements(4)
	if err := first.stream.Sync(); err == nil {
		t.Error("the fault is not there")
	}
	if _, err := open("0", compute.Options{Float: compute.Float32}); !errors.Is(err, compute.ErrDeviceLost) {
		t.Errorf("opening one more: %v", err)
	}
	if all, err := accelerators(func(int) bool { return true }); err != nil || all[0].Free != -1 || !errors.Is(all[0].Problem, compute.ErrDeviceLost) {
		t.Errorf("listing: %+v, %v", all, err)
	}
	for i, b := range []*backend{first, second} {
		if err := b.Sync(); !errors.Is(err, compute.ErrDeviceLost) || !strings.Contains(err.Error(), "CUDA_ERROR_ILLEGAL_ADDRESS") {
			t.Errorf("backend %d: %v", i, err)
		}
		if err := b.Close(); !errors.Is(err, compute.ErrDeviceLost) {
			t.Errorf("backend %d closes with %v", i, err)
		}
	}
	if left() != "" {
		t.Errorf("left: %s", left())
	}
}
