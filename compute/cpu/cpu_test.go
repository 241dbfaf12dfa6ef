package cpu_test

import (
	"testing"

	"noise2sparse/compute"
	"noise2sparse/compute/computetest"
	_ "noise2sparse/compute/cpu"
)

func open(o compute.Options) (compute.Backend, error) { return compute.Open("cpu", o) }

// TestConformance runs the suite with the vector code and the BLAS that this machine and build
// have; with CGO_ENABLED=0 that is plain Go throughout.
func TestConformance(t *testing.T) { computetest.RunAll(t, open) }
