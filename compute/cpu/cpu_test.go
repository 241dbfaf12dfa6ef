package cpu_test

import (
	"testing"

	"noise2sparse/compute"
	"noise2sparse/compute/computetest"
	_ "noise2sparse/compute/cpu"
)

func open(o compute.Options) (compute.Backend, error) { return compute.Open("cpu", o) }

// TestConformance runs the suite with the vector code and the BLAS that this machine and build
// have; with CGO_ENABLED=0 that is plain Go throughout. Under the race detector, where all of it takes
// minutes, it is the families in which goroutines meet.
func TestConformance(t *testing.T) {
	if !raceDetector {
		computetest.RunAll(t, open)
		return
	}
	for _, failure := range computetest.Failures(open, "threads", "shuffle", "gather") {
		t.Error(failure)
	}
}

func TestCloseTwice(t *testing.T) {
	b, err := open(compute.Options{Float: compute.Float32})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}
