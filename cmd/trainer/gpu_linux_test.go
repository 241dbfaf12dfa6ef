//go:build cgo

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"noise2sparse/kernels/runner"
)

// buildRunner builds the CPU runner of the CUDA kernels, once.
var buildRunner = sync.OnceValues(func() (string, error) {
	dir, broken, err := runner.Build("../..")
	if broken {
		panic(err)
	}
	return dir, err
})

// gpuTrainer is a trainer whose GPUs are the CPU runner's.
type gpuTrainer struct {
	t    *testing.T
	dir  string   // of what the stand-in driver says is left, and of this trainer's runs
	env  []string // of the processes
	stop func(c *exec.Cmd)
}

// onRunner prepares one. Each further value is a variable for the stand-in driver, "RUNNER_DEVICES=2".
func onRunner(t *testing.T, env ...string) *gpuTrainer {
	t.Helper()
	dir, err := buildRunner()
	if err != nil {
		t.Skip(err)
	}
	g := &gpuTrainer{t: t, dir: t.TempDir()}
	g.env = append(os.Environ(), "RUNNER_LEFT="+filepath.Join(g.dir, "left"))
	for name, value := range runner.Environment(dir) {
		g.env = append(g.env, name+"="+value)
	}
	g.env = append(g.env, env...)
	return g
}

// needSlow skips a test that takes seconds.
func needSlow(t *testing.T) {
	t.Helper()
	if os.Getenv("NOISE2SPARSE_SLOW") == "" {
		t.Skip("NOISE2SPARSE_SLOW is not set: whole runs over the CPU runner take seconds")
	}
}

// run runs the trainer as a process.
func (g *gpuTrainer) run(args ...string) answer {
	g.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		g.t.Fatal(err)
	}
	c := exec.Command(exe, args...)
	var out, errOut bytes.Buffer
	c.Env, c.Stdout, c.Stderr = g.env, &out, &errOut
	if err := c.Start(); err != nil {
		g.t.Fatal(err)
	}
	defer func() { // also where stop ends the test
		if c.ProcessState == nil {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	}()
	if g.stop != nil {
		g.stop(c)
	}
	_ = c.Wait() // the exit code tells
	return answer{c.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// must is run with a command that has to succeed.
func (g *gpuTrainer) must(args ...string) answer {
	g.t.Helper()
	a := g.run(args...)
	if a.code != exitDone {
		g.t.Fatalf("trainer %s: exit code %d\n%s%s", strings.Join(args, " "), a.code, a.out, a.errOut)
	}
	return a
}

// left says what any process has made on a GPU and not given back, and how many processes used one.
func (g *gpuTrainer) left() (what string, processes int) {
	g.t.Helper()
	files, err := filepath.Glob(filepath.Join(g.dir, "left.*"))
	if err != nil {
		g.t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			g.t.Fatal(err)
		}
		what += string(b)
	}
	return what, len(files)
}

// out is a folder of runs.
func (g *gpuTrainer) out(name string) string { return filepath.Join(g.dir, name) }

// jobs are the arguments of eight small jobs on one dataset, which save at each epoch's end.
func (g *gpuTrainer) jobs(out string, more ...string) []string {
	samples := filepath.Join(g.dir, "samples.npy")
	if _, err := os.Stat(samples); err != nil {
		npy(g.t, samples, 100, 16, wave)
	}
	return append([]string{
		"run", "--exp", "quickstart", "--set", "dataset=" + samples, "--set", "data={}", "--set", "model.hidden=[8]", "--set", "batch_size=10",
		"--grid", "noise.sigma=0,0.1,0.3,0.8", "--seeds", "1,2", "--set", "epochs=3", "--set", "checkpoint.every_epochs=1", "--quiet", "--out", g.out(out),
	}, more...)
}

// TestGPURunsAtOnce: eight runs at once on one GPU are in one worker process, share the dataset, and each
// has the bits of that run alone. That they share it shows by what would happen otherwise: the second one's
// memory could not be registered again, and a copy of it fails.
func TestGPURunsAtOnce(t *testing.T) {
	needSlow(t)
	g := onRunner(t, "RUNNER_FAIL=cuMemHostAlloc:1")
	g.must(g.jobs("at-once", "--gpu", "0", "--parallel", "8", "--set", "compute.dataset=host")...)
	if what, processes := g.left(); what != "" || processes != 2 { // the launcher asks for free memory
		t.Errorf("%d processes used the GPU; left: %s", processes, what)
	}
	g.must(g.jobs("alone", "--gpu", "0", "--parallel", "1", "--set", "compute.dataset=host")...)
	sameSweeps(t, g.out("alone"), g.out("at-once"), 8)
}

// TestGPUsByFreeMemory: jobs go to the GPUs that --gpu names, by their free memory.
func TestGPUsByFreeMemory(t *testing.T) {
	needSlow(t)
	for _, c := range []struct {
		memory, gpus, parallel, fail, want string
	}{
		{"4000000000,4000000000", "0,1", "4", "", "jobs at once: 2 on GPU 0, 2 on GPU 1"},
		{"1000000000,4000000000", "all", "3", "", "jobs at once: 3 on GPU 1"},
		{"3000000000,4000000000", "all", "", "", "jobs at once: 6 on GPU 1, 2 on GPU 0"},
		{"4000000000,4000000000", "1", "8", "", "jobs at once: 8 on GPU 1"},
		// The first GPU that a process opens is in use by others: the launcher leaves it aside.
		{"4000000000,2000000000", "all", "2", "cuDevicePrimaryCtxRetain:1:46", "jobs at once: 2 on GPU 1"},
		{"4000000000,2000000000", "1", "2", "", "jobs at once: 2 on GPU 1"},
	} {
		g := onRunner(t, "RUNNER_DEVICES=2", "RUNNER_MEMORY="+c.memory, "RUNNER_FAIL="+c.fail)
		args := g.jobs("out", "--gpu", c.gpus, "--json")
		if c.parallel != "" {
			args = append(args, "--parallel", c.parallel)
		}
		a := g.must(args...)
		var res struct{ Placement string }
		a.lastJSON(t, &res)
		if !strings.Contains(res.Placement, c.want) {
			t.Errorf("--gpu %s of %s bytes: %s, want %s", c.gpus, c.memory, res.Placement, c.want)
		}
		ledger, err := os.ReadFile(glob(t, g.dir, "out", "*", "ledger.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			if used := strings.Contains(string(ledger), fmt.Sprintf("GPU %d, pid", i)); used != strings.Contains(res.Placement, fmt.Sprintf("GPU %d", i)) {
				t.Errorf("--gpu %s, %s: GPU %d was used: %v", c.gpus, res.Placement, i, used)
			}
		}
		if what, _ := g.left(); what != "" {
			t.Errorf("left: %s", what)
		}
	}
}

// TestGPUWorkerDies: the jobs of a worker that is killed, or whose GPU has a fault, go on in a new one, from
// their checkpoints and to the same bits.
func TestGPUWorkerDies(t *testing.T) {
	needSlow(t)
	whole := onRunner(t)
	whole.must(whole.jobs("whole", "--gpu", "0", "--parallel", "4")...)
	// Each process counts its steps for itself. After step 160 of 240 no more than 120 are left, those that four
	// jobs lose since their last checkpoints included: the next worker does not come so far.
	t.Run("killed", func(t *testing.T) {
		g := onRunner(t, "RUNNER_FAIL=end_backward_f32:160:stop")
		g.dir = whole.dir
		g.stop = func(c *exec.Cmd) {
			var pid int
			waitFor(t, "a worker stops", func() bool {
				for _, pid = range children(t, c.Process.Pid) {
					if stopped(pid) {
						return true
					}
				}
				return false
			})
			if len(checkpoints(g.dir, "killed")) == 0 {
				t.Error("no job has saved yet")
			}
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		g.t = t
		a := g.must(g.jobs("killed", "--gpu", "0", "--parallel", "4")...)
		if !strings.Contains(a.errOut, "signal 9") || !strings.Contains(a.errOut, "tried again") {
			t.Errorf("it says %s", a.errOut)
		}
		compareSweeps(t, g.out("whole"), g.out("killed"), 8)
	})
	t.Run("fault", func(t *testing.T) {
		g := onRunner(t, "RUNNER_FAIL=end_backward_f32:160")
		g.dir, g.t = whole.dir, t
		a := g.must(g.jobs("fault", "--gpu", "0", "--parallel", "4")...)
		if !strings.Contains(a.errOut, "CUDA_ERROR_LAUNCH_FAILED") || !strings.Contains(a.errOut, "tried again") {
			t.Errorf("it says %s", a.errOut)
		}
		compareSweeps(t, g.out("whole"), g.out("fault"), 8)
	})
}

// children are the processes that a process has started.
func children(t *testing.T, pid int) (all []int) {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		b, _ := os.ReadFile(list) // a thread may have ended
		for _, word := range strings.Fields(string(b)) {
			n, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, n)
		}
	}
	return all
}

// stopped tells whether a process stands still, as by Ctrl-Z.
func stopped(pid int) bool {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := strings.Cut(string(b), ") ") // behind the program's name
	return strings.HasPrefix(state, "T")
}

func checkpoints(dir, out string) []string {
	found, _ := filepath.Glob(filepath.Join(dir, out, "*", "*", "checkpoints", "[0-9]*"))
	return found
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for began := time.Now(); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

// TestGPUBench: one command times runs at once, each checked against the run alone, and the host's part.
func TestGPUBench(t *testing.T) {
	needSlow(t)
	g := onRunner(t)
	a := g.must("bench", "--exp", "quickstart", "--set", "data.samples=300", "--set", "data.size=4", "--set", "model.hidden=[8]",
		"--set", "batch_size=10", "--steps", "60", "--gpu", "0", "--parallel", "2", "--json")
	var r map[string]any
	a.lastJSON(t, &r)
	if r["parallel"] != 2.0 {
		t.Errorf("bench: %v", r)
	}
	for _, k := range []string{"host_us_per_step", "parallel_samples_per_second", "parallel_speedup"} {
		if v, ok := r[k].(float64); !ok || v <= 0 {
			t.Errorf("bench: %s is %v", k, r[k])
		}
	}
	if what, _ := g.left(); what != "" {
		t.Errorf("left: %s", what)
	}
}
