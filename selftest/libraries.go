package selftest

import (
	"context"
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/compute/computetest"
)

// library is one that a GPU's backend uses where a setting asks for it.
type library struct {
	name     string
	setting  string                   // the setting that asks for it, in failures
	ask      func(c *compute.Options) // the same, when a backend is opened
	found    func() error             // why it is not there; nil: nothing is to be checked
	missing  *string                  // where that goes
	families []string                 // of the conformance suite, what it has part in
}

func (o *Options) libraries(r *Result) []library {
	return []library{
		{
			name: "cuDNN", setting: "compute.cudnn=true", ask: func(c *compute.Options) { c.CuDNN = true },
			found: o.CuDNN, missing: &r.NoCuDNN, families: []string{"convolution", "whole", "threads"},
		},
		{
			name: "cuBLASLt", setting: "compute.cublaslt=true", ask: func(c *compute.Options) { c.CuBLASLt = true },
			found: o.CuBLASLt, missing: &r.NoCuBLASLt, families: []string{"linear", "convolution", "whole", "threads"},
		},
	}
}

// library holds what it computes against the definition and the composition, where it is found.
func (o *Options) library(ctx context.Context, r *Result, l library) error {
	if l.found == nil {
		return nil
	}
	if err := l.found(); err != nil {
		*l.missing = err.Error()
		fmt.Fprintf(o.Lines, "skip  %s: %v\n", l.name, err)
		return nil
	}
	open := func(c compute.Options) (compute.Backend, error) {
		l.ask(&c)
		return o.Open(c)
	}
	return o.part(ctx, r, l.name, func() []string {
		var lines []string
		for _, f := range computetest.Failures(open, l.families...) {
			lines = append(lines, l.setting+": "+f)
		}
		return lines
	})
}
