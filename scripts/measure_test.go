package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gpuTrainer answers as a trainer on a GPU would: a step is fast, its bound is missed in TF32, golden cases
// fail with a message, and the selftest hangs.
const gpuTrainer = `#!/bin/sh
case "$*" in
*--selftest*) sleep 30 ;;
doctor*) echo '{"version":"v1","cpu":"a CPU","cores":4,"cuda_kernels":"13.0","warnings":[],"cuda":{"cuda":"13.0","driver":"580.65","devices":[
    {"index":0,"name":"a GPU","compute_capability":"9.0","memory_bytes":80e9,"memory_free_bytes":79e9}]}}' | tr -d '\n' ;;
*precision=tf32*) echo '{"ms_per_step":0.05,"bound_ms":0.03,"gemm_ms":0.02,"copy_gb_per_s":2000}' ;;
bench*) echo '{"ms_per_step":0.05,"bound_ms":0.045,"gemm_ms":0.03,"copy_gb_per_s":2000,"bytes_allocated_per_step":0}' ;;
verify*) echo 'two lines' >&2; echo '{"error":"the | reason","exit_code":1}'; exit 1 ;;
esac
`

// measure runs gpu-measure with that trainer, and returns its table and exit status.
func measure(t *testing.T, args ...string) (string, int) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("this system has no python3")
	}
	dir := t.TempDir()
	trainer := filepath.Join(dir, "trainer")
	if err := os.WriteFile(trainer, []byte(gpuTrainer), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, append([]string{"gpu-measure", "--trainer", trainer, "--out", filepath.Join(dir, "out"), "--golden", dir}, args...)...)
	out, err := cmd.Output()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "out", "measured.md"))
	if err != nil || string(text) != string(out) {
		t.Errorf("measured.md is not what was printed: %v", err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// Each line of the table says what was measured, what is wanted and whether that holds; what fails says why,
// and what comes after it is measured all the same.
func TestGPUMeasure(t *testing.T) {
	t.Parallel()
	table, exit := measure(t, "machine", "step", "bound", "golden", "memory")
	for _, want := range []string{
		"device: a GPU, compute capability 9.0, 80 GB",
		"driver: 580.65, for CUDA 13.0",
		"float32 (median of 3) | 0.05 ms | at most 0.06 ms | yes | `",
		"1.11 times the bound of 0.045 ms (products 0.03 ms, copies 2000 GB/s) | at most 1.25 times | yes |",
		"1.67 times the bound of 0.03 ms (products 0.02 ms, copies 2000 GB/s) | at most 1.25 times | NO |",
		"| failed: exit status 1: the \\| reason | all | FAILED |",
		"Go heap allocated a step, over 10000 steps | 0 bytes |",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	if exit != 1 {
		t.Errorf("exit status %d, want 1: not all holds", exit)
	}
	if _, exit := measure(t, "machine", "step"); exit != 0 {
		t.Errorf("exit status %d where all holds", exit)
	}
}

// A step that hangs is ended at the deadline, and what is left says that it was left out.
func TestGPUMeasureDeadline(t *testing.T) {
	t.Parallel()
	table, _ := measure(t, "--deadline", "3", "selftest", "memcheck")
	for _, want := range []string{"doctor --selftest | failed: still running after 3 s", "memcheck of a short training | failed: left out"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
}
