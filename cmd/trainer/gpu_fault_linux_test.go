//go:build cgo

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// one are the arguments of a run of 30 steps, a checkpoint after every ten.
func (g *gpuTrainer) one(out string, more ...string) []string {
	return append(tiny(g.out(out), "--set", "batch_size=20", "--set", "checkpoint.every_epochs=1", "--gpu", "0", "--quiet"), more...)
}

// folder is the one run's in out.
func (g *gpuTrainer) folder(out string) string { return glob(g.t, g.out(out), "quickstart", "[0-9]*") }

// TestGPUFault: a fault ends the run with an error that says where and how to find the kernel; the
// checkpoints before it are whole, and --resume goes on to the bits of a run without one.
func TestGPUFault(t *testing.T) {
	needSlow(t)
	g := onRunner(t)
	g.must(g.one("whole")...)
	for _, c := range []struct {
		name, fail string
		more       []string
		want       []string
	}{
		{
			"in a graph", "end_backward_f32:15", nil,
			[]string{"step ", " of the run: GPU 0", "CUDA_ERROR_LAUNCH_FAILED", "of graph 1 (", "to find the kernel: trainer run --resume ", " --gpu 0 --set compute.graph=false"},
		},
		{
			"kernel by kernel", "end_backward_f32:15",
			[]string{"--set", "compute.graph=false"},
			[]string{"step ", " of the run: GPU 0", "CUDA_ERROR_LAUNCH_FAILED", "kernel end_backward_f32, grid "},
		},
	} {
		out := strings.ReplaceAll(c.name, " ", "-")
		faulty := onRunner(t, "RUNNER_FAIL="+c.fail)
		faulty.dir = g.dir
		a := faulty.run(faulty.one(out, c.more...)...)
		if a.code != 1 {
			t.Fatalf("%s: exit code %d\n%s", c.name, a.code, a.errOut)
		}
		for _, want := range c.want {
			if !strings.Contains(a.errOut, want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, a.errOut)
			}
		}
		if n := len(checkpoints(g.dir, out)); n != 1 && n != 2 {
			t.Errorf("%s: %d checkpoints", c.name, n)
		}
		g.must("run", "--resume", g.folder(out), "--gpu", "0", "--quiet")
		if c.more == nil {
			same(t, outcome(t, g.folder("whole")), outcome(t, g.folder(out)))
		}
	}
	if what, _ := g.left(); what != "" {
		t.Errorf("left: %s", what)
	}
}

// TestGPUDatasetOnHost: samples that do not fit beside the run are read from the host's memory, which the log
// says with the sizes, and change no bit.
func TestGPUDatasetOnHost(t *testing.T) {
	needSlow(t)
	whole := onRunner(t)
	whole.must(whole.one("whole")...)
	g := onRunner(t, "RUNNER_MEMORY=220000000")
	g.must(g.one("out")...)
	same(t, outcome(t, whole.folder("whole")), outcome(t, g.folder("out")))
	for dir, want := range map[string]bool{whole.folder("whole"): false, g.folder("out"): true} {
		text, err := os.ReadFile(filepath.Join(dir, "log.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"the dataset stays in the host's memory", `"dataset_bytes":`, `"gpu_free_bytes":`, `"kept_for_the_run_bytes":20`} {
			if strings.Contains(string(text), part) != want {
				t.Errorf("the log has %s: %v\n%s", part, !want, text)
			}
		}
	}
	if what, _ := g.left(); what != "" {
		t.Errorf("left: %s", what)
	}
}

// TestGPUNothingLeft: however a run ends, its process has given back all that it had on the GPU.
func TestGPUNothingLeft(t *testing.T) {
	needSlow(t)
	for _, c := range []struct {
		name, fail string
		more       []string
		code       int
		want       []string
	}{
		{"no memory", "cuMemAlloc:2", nil, 1, []string{"MiB are free", "CUDA_ERROR_OUT_OF_MEMORY"}},
		{"no memory for graphs", "cuGraphInstantiate:1", nil, 1, []string{"MiB are free", "CUDA_ERROR_OUT_OF_MEMORY"}},
		{"no memory for kernels", "cuModuleLoadData:1", nil, 1, []string{"MiB are free", "CUDA_ERROR_OUT_OF_MEMORY"}},
		{"no memory for cuBLAS", "cublasCreate:1", nil, 1, []string{"MiB are free", "CUBLAS_STATUS_ALLOC_FAILED"}},
		{"a loss that is not finite", "", []string{"--set", "optimizer.kind=sgd", "--set", "optimizer.lr=1e6", "--set", "optimizer.clip_norm=null"}, 1, []string{"not finite"}},
		{"interrupted", "", []string{"--set", "epochs=100000"}, 130, []string{"--resume"}},
	} {
		g := onRunner(t, "RUNNER_FAIL="+c.fail)
		if c.code == 130 {
			g.stop = func(p *exec.Cmd) {
				waitFor(t, "a checkpoint", func() bool { return len(checkpoints(g.dir, "out")) > 0 })
				if err := p.Process.Signal(syscall.SIGINT); err != nil {
					t.Error(err)
				}
			}
		}
		a := g.run(g.one("out", c.more...)...)
		if a.code != c.code {
			t.Errorf("%s: exit code %d\n%s", c.name, a.code, a.errOut)
		}
		for _, want := range c.want {
			if !strings.Contains(a.errOut, want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, a.errOut)
			}
		}
		if what, processes := g.left(); what != "" || processes != 1 {
			t.Errorf("%s: %d processes; left: %s", c.name, processes, what)
		}
	}
}

// TestGPUInUse: a GPU that another process has for itself alone is no wrong command line: a later attempt may get it.
func TestGPUInUse(t *testing.T) {
	needSlow(t)
	g := onRunner(t, "RUNNER_FAIL=cuDevicePrimaryCtxRetain:1:46")
	if a := g.run(g.one("out")...); a.code != exitFailed || !strings.Contains(a.errOut, "CUDA_ERROR_DEVICE_UNAVAILABLE") {
		t.Errorf("exit code %d\n%s", a.code, a.errOut)
	}
}

// TestGPUSecondSignal: it ends the process at once, and with it all that it had on the GPU.
func TestGPUSecondSignal(t *testing.T) {
	needSlow(t)
	g := onRunner(t)
	var asked time.Time
	g.stop = func(p *exec.Cmd) {
		waitFor(t, "a checkpoint", func() bool { return len(checkpoints(g.dir, "out")) > 0 })
		_ = p.Process.Signal(syscall.SIGSTOP) // so that it can't end by the first one
		_ = p.Process.Signal(syscall.SIGINT)
		_ = p.Process.Signal(syscall.SIGCONT)
		time.Sleep(2 * sameSignal)
		asked = time.Now()
		_ = p.Process.Signal(syscall.SIGINT)
	}
	a := g.run(g.one("out", "--set", "epochs=100000", "--set", "data.samples=20000")...)
	if a.code != 130 || time.Since(asked) > 2*time.Second {
		t.Errorf("exit code %d after %v\n%s", a.code, time.Since(asked), a.errOut)
	}
	if len(checkpoints(g.dir, "out")) == 0 {
		t.Error("the checkpoints are gone: " + filepath.Join(g.dir, "out"))
	}
}
