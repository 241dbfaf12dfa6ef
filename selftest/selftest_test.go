package selftest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
)

// slow is a backend whose products take longer than any deadline here.
type slow struct{ compute.Backend }

func (s slow) Matmul(c, a, b compute.Tensor, _, _ bool, _, _ float64) { time.Sleep(time.Hour) }

func openSlow(o compute.Options) (compute.Backend, error) {
	b, err := compute.Open("cpu", o)
	return slow{b}, err
}

// TestDeadline: a part that hangs ends the selftest at its deadline, by name.
func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, errors.New("the deadline"))
	defer cancel()
	var lines strings.Builder
	o := Options{Open: openSlow, Lines: &lines}
	r := &Result{}
	err := o.part(ctx, r, "conformance matmul", func() []string {
		b, err := openSlow(compute.Options{})
		if err != nil {
			return []string{err.Error()}
		}
		x := b.Alloc(compute.Float32, 2, 2)
		b.Matmul(b.Alloc(compute.Float32, 2, 2), x, x, false, false, 1, 0)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), `"conformance matmul"`) || !strings.Contains(err.Error(), "the deadline") {
		t.Errorf("error %v", err)
	}
}

// TestFailuresAreKept: a part's failures are in the result and on the lines.
func TestFailuresAreKept(t *testing.T) {
	var lines strings.Builder
	o, r := Options{Lines: &lines}, &Result{}
	if err := o.part(t.Context(), r, "conformance matmul", func() []string { return []string{"matmul/float32: wrong"} }); err != nil {
		t.Fatal(err)
	}
	if len(r.Failures) != 1 || !strings.HasPrefix(lines.String(), "FAIL  conformance matmul") || !strings.Contains(lines.String(), "matmul/float32: wrong") {
		t.Errorf("failures %q, lines %q", r.Failures, lines.String())
	}
}

// TestLibraries: where a library is found, backends are opened with it and what fails says so; where it is
// not, the result says why, and on a CPU nothing does.
func TestLibraries(t *testing.T) {
	asked := map[string]bool{}
	o := Options{Open: func(c compute.Options) (compute.Backend, error) {
		asked[fmt.Sprint(c.CuDNN, c.CuBLASLt)] = true
		return nil, errors.New("the device is gone")
	}}
	for i, name := range []string{"cudnn", "cublaslt"} {
		var lines strings.Builder
		o.Lines = &lines
		r := &Result{}
		run := func(found func() error) {
			t.Helper()
			l := o.libraries(r)[i]
			l.found = found
			if err := o.library(t.Context(), r, l); err != nil {
				t.Fatal(err)
			}
		}
		if run(nil); lines.String() != "" {
			t.Errorf("%s on a CPU: lines %q", name, lines.String())
		}
		run(func() error { return errors.New("there is none") })
		if why := []string{r.NoCuDNN, r.NoCuBLASLt}[i]; why != "there is none" || len(r.Failures) > 0 {
			t.Errorf("without %s: result %+v", name, r)
		}
		if run(func() error { return nil }); len(r.Failures) == 0 {
			t.Fatalf("with %s: result %+v", name, r)
		}
		for _, f := range r.Failures {
			if !strings.HasPrefix(f, "compute."+name+"=true: ") || !strings.Contains(f, "the device is gone") {
				t.Errorf("failure %q", f)
			}
		}
	}
	if fmt.Sprint(asked) != "map[false true:true true false:true]" {
		t.Errorf("backends were opened with cuDNN, cuBLASLt %v", asked)
	}
}
