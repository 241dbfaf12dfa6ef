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

// onGPU: the tests compute on this machine's GPU 0, with the kernels in the test program.
var onGPU = os.Getenv("NOISE2SPARSE_TEST_GPU") == "1"

// TestMain builds the CPU runner, on which the tests compute where NOISE2SPARSE_TEST_GPU is not set.
func TestMain(m *testing.M) {
	if onGPU {
		os.Exit(m.Run())
	}
	broken, err := runner.Use("../..")
	if broken {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	noRunner = err
	if noRunner == nil {
		noRunner = runner.UseCuBLASLt() // which nothing uses unless compute.Options asks for it
	}
	os.Exit(m.Run())
}

// needRunner skips a test where the CPU runner can't be had.
func needRunner(t *testing.T) {
	t.Helper()
	if noRunner != nil {
		t.Skip(noRunner)
	}
}

// needStandIn skips a test that counts on what the stand-in driver does, or breaks its device.
func needStandIn(t *testing.T) {
	t.Helper()
	needRunner(t)
	if onGPU {
		t.Skip("runs on the stand-in driver alone: NOISE2SPARSE_TEST_GPU is set")
	}
}

func openTest(o compute.Options) (compute.Backend, error) { return compute.Open("cuda:0", o) }

// quick are the families that take a second or two together.
var quick = []string{"memory", "gather", "matmul", "loss", "pass", "update"}

// TestConformance runs the suite over the CPU runner: all of it, a minute or more, where
// NOISE2SPARSE_SLOW is set (scripts/test-cuda does that).
func TestConformance(t *testing.T) {
	needRunner(t)
	families := quick
	if os.Getenv("NOISE2SPARSE_SLOW") == "1" {
		families = computetest.Families()
	}
	for _, family := range families {
		t.Run(family, func(t *testing.T) {
			for _, failure := range computetest.Failures(openTest, family) {
				t.Error(failure)
			}
		})
	}
}
