//go:build cgo && linux

package cuda

import (
	"fmt"
	"os"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/compute/computetest"
	"noise2sparse/kernels/runner"
)

// noRunner says why the tests that need the CPU runner of the kernels can't run; nil: they can.
var noRunner error

// TestMain builds the CPU runner, on which all tests here compute: a GPU is not needed, nor used.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "cuda-runner")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	noRunner = runner.Use("../..", dir)
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// needRunner skips a test where the CPU runner can't be had.
func needRunner(t *testing.T) {
	t.Helper()
	if noRunner != nil {
		t.Skip(noRunner)
	}
}

func openTest(o compute.Options) (compute.Backend, error) { return compute.Open("cuda:0", o) }

// TestConformance runs the suite family by family over the CPU runner.
func TestConformance(t *testing.T) {
	needRunner(t)
	for _, family := range []string{"memory"} {
		for _, failure := range computetest.Failures(openTest, family) {
			t.Error(failure)
		}
	}
}
