// Package selftest checks a device where no Go toolchain is: the conformance suite of backends, and the
// golden cases that ship in the binary.
package selftest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"noise2sparse/compute"
	"noise2sparse/compute/computetest"
	"noise2sparse/golden"
)

// Options say what to check.
type Options struct {
	Open  computetest.Opener
	Cases string    // folder of golden cases; "": those in the binary
	Lines io.Writer // a line for each part as it ends
	// CuDNN and CuBLASLt tell whether these are there to be checked too; nil on a CPU.
	CuDNN, CuBLASLt func() error
}

// Result is what came out.
type Result struct {
	Passed   bool         `json:"passed"`
	Device   string       `json:"device"`
	Failures []string     `json:"failures"` // a line each
	Golden   golden.Tally `json:"golden"`
	// NoGolden says why no golden case was replayed, or "".
	NoGolden string `json:"no_golden,omitempty"`
	// NoCuDNN and NoCuBLASLt say why these were not checked on a GPU, or "".
	NoCuDNN    string  `json:"no_cudnn,omitempty"`
	NoCuBLASLt string  `json:"no_cublaslt,omitempty"`
	Seconds    float64 `json:"seconds"`
}

// Run checks the device until ctx ends, whose end is a failure that names the part in progress. A device
// that hangs can't be stopped, so Run returns without it.
func Run(ctx context.Context, o Options) (*Result, error) {
	b, err := o.Open(compute.Options{})
	if err != nil {
		return nil, err
	}
	began := time.Now()
	r := &Result{Device: b.Device().Name, Failures: []string{}}
	if err := b.Close(); err != nil {
		return nil, err
	}
	for _, family := range computetest.Families() {
		if err := o.part(ctx, r, "conformance "+family, func() []string { return computetest.Failures(o.Open, family) }); err != nil {
			return nil, err
		}
	}
	for _, l := range o.libraries(r) {
		if err := o.library(ctx, r, l); err != nil {
			return nil, err
		}
	}
	if err := o.golden(ctx, r); err != nil {
		return nil, err
	}
	r.Passed = len(r.Failures) == 0
	r.Seconds = time.Since(began).Seconds()
	return r, nil
}

// part runs one part beside a watch on ctx.
func (o *Options) part(ctx context.Context, r *Result, name string, run func() []string) error {
	began := time.Now()
	done := make(chan []string, 1)
	go func() { done <- run() }()
	select {
	case <-ctx.Done():
		return fmt.Errorf("the selftest was at %q for %.0f s when its time was up: %w", name, time.Since(began).Seconds(), context.Cause(ctx))
	case lines := <-done:
		state := "ok"
		if len(lines) > 0 {
			state = "FAIL"
		}
		fmt.Fprintf(o.Lines, "%-5s %-28s %.1f s\n", state, name, time.Since(began).Seconds())
		for _, l := range lines {
			fmt.Fprintf(o.Lines, "      %s\n", l)
		}
		r.Failures = append(r.Failures, lines...)
	}
	return nil
}

// golden replays the cases.
func (o *Options) golden(ctx context.Context, r *Result) error {
	dir := o.Cases
	if dir == "" {
		tmp, err := os.MkdirTemp("", "golden")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(tmp) }()
		err = golden.Unpack(tmp)
		if errors.Is(err, golden.ErrNoneShipped) {
			r.NoGolden = err.Error()
			fmt.Fprintf(o.Lines, "skip  golden cases: %v\n", err)
			return nil
		}
		if err != nil {
			return err
		}
		dir = tmp
	}
	return o.part(ctx, r, "golden cases", func() []string {
		tally, err := golden.Verify(dir, func() (compute.Backend, error) { return o.Open(compute.Options{}) }, o.Lines)
		r.Golden = tally
		switch {
		case err != nil:
			return []string{"golden cases: " + err.Error()}
		case tally.Failed > 0:
			return []string{fmt.Sprintf("golden cases: %d of %d differ from the reference", tally.Failed, tally.Failed+tally.Passed)}
		}
		return nil
	})
}
