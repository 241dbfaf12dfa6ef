package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gpuTrainer answers as a trainer on a GPU would: a step is fast, its bound is missed in TF32, golden cases
// fail with a message, and the selftest hangs. A run trains until Ctrl-C, or its loss is not finite.
const gpuTrainer = `#!/bin/sh
for out; do :; done # the last argument
case "$*" in
*--selftest*) sleep 30 ;;
doctor*) echo '{"version":"v1","cpu":"a CPU","cores":4,"cuda_kernels":"13.0","warnings":[],"cuda":{"cuda":"13.0","driver":"580.65","devices":[
    {"index":0,"name":"a GPU","compute_capability":"9.0","memory_bytes":80e9,"memory_free_bytes":79e9}]}}' | tr -d '\n' ;;
*precision=tf32*) echo '{"ms_per_step":0.04,"ms_per_step_wall":0.05,"bound_ms":0.03,"gemm_ms":0.02,"copy_gb_per_s":2000}' ;;
bench*) echo '{"ms_per_step":0.04,"ms_per_step_wall":0.05,"bound_ms":0.045,"gemm_ms":0.03,"copy_gb_per_s":2000,"bytes_allocated_per_step":0}' ;;
verify*) echo 'two lines' >&2; echo '{"error":"the | reason","exit_code":1}'; exit 1 ;;
*lr=1e30*) exit 1 ;;
*epochs=100000*) mkdir -p "$out/quickstart/a"; echo '{"step":40000}' >"$out/quickstart/a/status.json"
    trap 'exit 130' INT; while :; do sleep 0.1; done ;;
esac
`

// measurement is a gpu-measure with that trainer, and programs beside it.
type measurement struct {
	t   *testing.T
	dir string
	env []string
}

func newMeasurement(t *testing.T, env ...string) measurement {
	t.Helper()
	touch(t, "gpu-measure", "lib.sh", "bench-topk", "measure/*.py")
	m := measurement{t, t.TempDir(), append(os.Environ(), env...)}
	m.has("trainer", gpuTrainer)
	return m
}

// touch reads files: go test keeps results until a file changes that the test itself read.
func touch(t *testing.T, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		for _, file := range files {
			if _, err := os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// has adds a program, and returns its path.
func (m measurement) has(name, script string) string {
	m.t.Helper()
	path := filepath.Join(m.dir, name)
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		m.t.Fatal(err)
	}
	return path
}

// run returns the table and the exit status.
func (m measurement) run(args ...string) (string, int) {
	m.t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		m.t.Skip("this system has no python3")
	}
	cmd := exec.Command(python, append([]string{"gpu-measure", "--trainer", filepath.Join(m.dir, "trainer"), "--out", filepath.Join(m.dir, "out"), "--golden", m.dir}, args...)...)
	cmd.Env = m.env
	out, err := cmd.Output()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		m.t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(m.dir, "out", "measured.md"))
	if err != nil || string(text) != string(out) {
		m.t.Errorf("measured.md is not what was printed: %v", err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// holds fails the test where the table lacks one of the parts.
func holds(t *testing.T, table string, parts ...string) {
	t.Helper()
	for _, want := range parts {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
}

// Each line of the table says what was measured, what is wanted and whether that holds; what fails says why,
// and what comes after it is measured all the same. Times of steps are those with their epochs' begins.
func TestGPUMeasure(t *testing.T) {
	t.Parallel()
	m := newMeasurement(t)
	table, exit := m.run("machine", "step", "bound", "golden", "memory")
	holds(t, table,
		"device: a GPU, compute capability 9.0, 80 GB",
		"driver: 580.65, for CUDA 13.0",
		"float32 (median of 3) | 0.05 ms | at most 0.06 ms | yes | `",
		"(median of 3) | 0.05 ms, 1.11 times the bound of 0.045 ms (products 0.03 ms, copies 2000 GB/s) | at most 1.25 times | yes |",
		"1.67 times the bound of 0.03 ms (products 0.02 ms, copies 2000 GB/s) | at most 1.25 times | NO |",
		"| failed: exit status 1: the \\| reason | all that are here | FAILED |",
		"Go heap allocated a step, over 10000 steps | 0 bytes |",
	)
	if exit != 1 {
		t.Errorf("exit status %d, want 1: not all holds", exit)
	}
	if _, exit := m.run("machine", "step"); exit != 0 {
		t.Errorf("exit status %d where all holds", exit)
	}
}

// Golden cases that a bundle had no room for are counted.
func TestGPUMeasureGolden(t *testing.T) {
	t.Parallel()
	m := newMeasurement(t)
	m.has("trainer", "#!/bin/sh\necho '{\"passed\":60,\"failed\":0,\"skipped\":1}'\n")
	table, _ := m.run("--golden-total", "117", "golden")
	holds(t, table, "| 60 passed, 0 failed, 1 skipped, 56 of 117 not here | all that are here | yes |")
}

// A step that hangs is ended at the deadline, and what is left says that it was left out.
func TestGPUMeasureDeadline(t *testing.T) {
	t.Parallel()
	table, _ := newMeasurement(t).run("--deadline", "3", "--tests", "none", "selftest", "memcheck")
	holds(t, table, "doctor --selftest | failed: still running after 3 s", "memcheck of a short training | failed: left out")
}

// What a run takes more and more of, and leaves behind, is what NVML says, within its drift.
func TestGPUMeasureLeftBehind(t *testing.T) {
	t.Parallel()
	table, exit := newMeasurement(t, "MEASURE_QUICK=1").run("interrupt", "error")
	holds(t, table,
		"after Ctrl-C: exit status, device memory left behind | 130, 0.0 MB | 130, 0 MB | yes |",
		"takes more and more of, over some 20000 steps | 0.0 MB | 0 MB, over 10000 steps | yes |",
		"loss is not finite: exit status, device memory left behind | 1, 0.0 MB | 1, 0 MB | yes |",
	)
	if exit != 0 {
		t.Errorf("exit status %d where all holds", exit)
	}
}

// Where the time is out amid pairs, those that there are count.
func TestGPUMeasurePairs(t *testing.T) {
	t.Parallel()
	m := newMeasurement(t)
	m.env = append(m.env, "DIR="+m.dir, "PYTHON="+m.has("python", `#!/bin/sh
case "$*" in
*torch.ones*) echo 2.9 ;;
*) [ ! -e "$DIR/again" ] || sleep 30
    touch "$DIR/again"
    echo '{"ms_per_step":0.5}' ;;
esac
`))
	table, _ := m.run("--deadline", "6", "torch-compile")
	holds(t, table, "(0.05 ms) against torch.compile, optimizer eager (0.5 ms), 1 of 3 pairs, then: still running after", "| 10 times | at least 2 times | yes |")
}

// Under compute-sanitizer come a short training and families of the conformance suite; those that were clean
// before one that is not are named. What CUDA answers to a question is no error to memcheck.
func TestGPUMeasureSanitizers(t *testing.T) {
	t.Parallel()
	m := newMeasurement(t)
	m.has("compute-sanitizer", `#!/bin/sh
echo "$NOISE2SPARSE_CUDA_CHUNK $*" >>"$DIR/calls"
case "$*" in *racecheck*steps*) echo 'a race' >&2; exit 9 ;; esac
`)
	m.env = append(m.env, "DIR="+m.dir, "PATH="+m.dir+":"+os.Getenv("PATH"), "CUDA_VISIBLE_DEVICES=")
	table, _ := m.run("--tests", "cuda.test", "memcheck", "racecheck")
	holds(t, table,
		"memcheck of a short training | clean | clean | yes |",
		"memcheck of the backend's tests, by families | clean: select, loss, steps, reduce, softmax, convolve | clean | yes |",
		"racecheck of the backend's tests, by families | failed: steps: exit status 9: a race; clean before: select, loss | clean | FAILED |",
	)
	calls, err := os.ReadFile(filepath.Join(m.dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range strings.Split(strings.TrimSpace(string(calls)), "\n") {
		if !strings.HasPrefix(call, "0 --tool ") || strings.Contains(call, "memcheck") != strings.Contains(call, "--report-api-errors no") {
			t.Errorf("called as %q", call)
		}
	}
}

// The parts of a bundle's check: a doctor that sees no GPU has failed, whatever it prints, and what the time is over
// for is left out and a failure.
func TestGPUCheck(t *testing.T) {
	t.Parallel()
	m := newMeasurement(t)
	for _, folder := range []string{"tests", "golden", "scripts"} {
		if err := os.Mkdir(filepath.Join(m.dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"gpu-check": "check", "lib.sh": "scripts/lib.sh"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m.has(to, string(text))
	}
	m.has("tests/cuda.test", "#!/bin/sh\necho \"$CUDA_VISIBLE_DEVICES $*\"\n")
	check := func(env string, args ...string) (string, int) {
		cmd := exec.Command(filepath.Join(m.dir, "check"), args...)
		cmd.Env = append(m.env, "CUDA_VISIBLE_DEVICES=", env)
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	for _, tt := range []struct {
		env  string
		args []string
		exit int
		says string
	}{
		{"GPU=0", []string{"doctor"}, 0, "== doctor\nok"},
		{"GPU=1", []string{"doctor"}, 1, "no GPU 1 was found"},
		{"GPU=2", []string{"tests"}, 0, "== tests\nok"},
		{"CHECK_SECONDS=0", []string{"doctor", "tests"}, 1, "== doctor\nFAIL: left out, the time is over\n== tests\nFAIL: left out"},
		{"GPU=0", []string{"doctor", "other"}, 2, "no part other; there are: doctor files"},
		{"GPU=0", []string{"plan"}, 0, "./check speed pytorch"},
	} {
		if out, exit := check(tt.env, tt.args...); exit != tt.exit || !strings.Contains(out, tt.says) {
			t.Errorf("%s ./check %v: exit status %d, want %d; said %q, want %q in it", tt.env, tt.args, exit, tt.exit, out, tt.says)
		}
	}
	if said, err := os.ReadFile(filepath.Join(m.dir, "results", "tests.txt")); err != nil || string(said) != "2 -test.timeout 530s\n" {
		t.Errorf("the tests were called as %q, %v", said, err)
	}
}
