// Package computetest is the conformance suite of compute.Backend: what every backend must do,
// checked against plain float64 loops written here. A backend's own test is one call of RunAll;
// a program without the go tool calls Failures.
package computetest

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"noise2sparse/compute"
)

// Opener opens the backend under test. The suite opens it many times, sometimes several at once.
type Opener func(o compute.Options) (compute.Backend, error)

// T is what the suite needs of *testing.T.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Run(name string, f func(T))
}

// check is one test: it fails through e.T and may assume an idle backend e.b without an error.
type check struct {
	name string
	run  func(e *env)
}

// family is the checks of one of Backend's interfaces.
type family struct {
	name   string
	checks []check
}

var families = []family{
	{"memory", memoryChecks},
	{"elementwise", elementwiseChecks},
	{"gather", gatherChecks},
	{"matmul", matmulChecks},
	{"reduce", reduceChecks},
	{"select", selectChecks},
	{"random", randomChecks},
	{"shuffle", shuffleChecks},
	{"loss", lossChecks},
	{"update", updateChecks},
	{"fused", fusedChecks},
	{"linear", linearChecks},
	{"pass", passChecks},
	{"steps", stepChecks},
	{"softmax", softmaxChecks},
	{"convolve", convolveChecks},
	{"convolution", convolutionChecks},
	{"whole", wholeChecks},
	{"threads", threadChecks},
}

// RunAll runs the suite, for Float32 and for Float64, as subtests family/type/check.
func RunAll(t *testing.T, open func(o compute.Options) (compute.Backend, error)) {
	runFamilies(std{t}, open, nil)
}

// Failures runs the named families, or all, and returns one line for each failure, beginning with
// family/type/check. No lines: the backend conforms.
func Failures(open Opener, names ...string) []string {
	var lines []string
	runFamilies(&recorder{lines: &lines}, open, names)
	return lines
}

// Families returns the names that Failures takes.
func Families() []string {
	var names []string
	for _, f := range families {
		names = append(names, f.name)
	}
	return names
}

func runFamilies(t T, open Opener, only []string) {
	wanted := map[string]bool{}
	for _, name := range only {
		if !slices.Contains(Families(), name) {
			t.Errorf("no family %q; there are: %s", name, strings.Join(Families(), ", "))
		}
		wanted[name] = true
	}
	for _, f := range families {
		if len(only) > 0 && !wanted[f.name] {
			continue
		}
		t.Run(f.name, func(t T) {
			for _, dt := range []compute.DType{compute.Float32, compute.Float64} {
				t.Run(dt.String(), func(t T) { runChecks(t, open, f, dt) })
			}
		})
	}
}

// runChecks runs one family on one backend. A check that panics ends the family, because the
// backend may be in any state then.
func runChecks(t T, open Opener, f family, dt compute.DType) {
	b, err := open(compute.Options{Float: dt})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	for i, c := range f.checks {
		panicked := false
		t.Run(c.name, func(t T) { panicked = runCheck(t, open, b, dt, c, uint64(i)) })
		if panicked {
			break
		}
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// runCheck runs one check and tells whether it panicked.
func runCheck(t T, open Opener, b compute.Backend, dt compute.DType, c check, seed uint64) (panicked bool) {
	defer func() {
		if p := recover(); p != nil {
			panicked = true
			t.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	e := &env{T: t, b: b, dt: dt, open: open, rng: rand.New(rand.NewPCG(seed, 2024)), state: &state{}}
	c.run(e)
	if err := b.Sync(); err != nil {
		t.Errorf("Sync after the check: %v", err)
	}
	return false
}

// std makes a T of a *testing.T.
type std struct{ *testing.T }

// Run runs a subtest.
func (s std) Run(name string, f func(T)) {
	s.T.Helper()
	s.T.Run(name, func(t *testing.T) { f(std{t}) })
}

// expectPanic calls f and returns what it panicked with, as text; ok is false where it returned.
func expectPanic(f func()) (text string, ok bool) {
	defer func() {
		if p := recover(); p != nil {
			text, ok = fmt.Sprint(p), true
		}
	}()
	f()
	return "", false
}
