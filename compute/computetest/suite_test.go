package computetest

import (
	"strings"
	"testing"

	"noise2sparse/compute"
)

func openCPU(o compute.Options) (compute.Backend, error) { return compute.Open("cpu", o) }

// runOne runs the check "family/name" on Float32 and returns its failures.
func runOne(t *testing.T, open Opener, path string) []string {
	t.Helper()
	for _, f := range families {
		for i, c := range f.checks {
			if f.name+"/"+c.name != path {
				continue
			}
			b, err := open(compute.Options{Float: compute.Float32})
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			(&recorder{lines: &lines}).Run(path, func(t T) { runCheck(t, open, b, compute.Float32, c, uint64(i)) })
			_ = b.Close()
			return lines
		}
	}
	t.Fatalf("the suite has no check %q", path)
	return nil
}

// opener makes each opened backend wrong in one way.
func opener(change func(h *hooks, o compute.Options)) Opener {
	return func(o compute.Options) (compute.Backend, error) {
		b, err := openCPU(o)
		if err != nil {
			return nil, err
		}
		h := newHooks(b)
		change(h, o)
		return h, nil
	}
}

// TestSuiteCatchesMutants: each wrong backend fails the check that is there for it, and the same
// check passes where nothing is changed.
func TestSuiteCatchesMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: a test of the suite itself, the same with the race detector and without cgo")
	}
	healthy := map[string]bool{}
	for _, m := range mutants {
		t.Run(strings.ReplaceAll(m.name, " ", "_"), func(t *testing.T) {
			if !healthy[m.check] {
				healthy[m.check] = true
				for _, line := range runOne(t, opener(func(*hooks, compute.Options) {}), m.check) {
					t.Errorf("the unchanged backend fails: %s", line)
				}
			}
			lines := runOne(t, opener(m.change), m.check)
			if len(lines) == 0 {
				t.Fatalf("%s passes", m.check)
			}
			t.Logf("%.200s", lines[0])
		})
	}
}

func TestFailuresNamesUnknownFamilies(t *testing.T) {
	lines := Failures(openCPU, "matmull")
	if len(lines) != 1 || !strings.Contains(lines[0], `no family "matmull"`) || !strings.Contains(lines[0], "matmul,") {
		t.Errorf("Failures of an unknown family: %q", lines)
	}
}

func TestFailuresOfAConformingBackend(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: compute/cpu runs the suite")
	}
	if lines := Failures(openCPU, "update"); len(lines) != 0 {
		t.Errorf("failures: %q", lines)
	}
}

// TestFailuresSurvivePanics: a backend that panics is reported with the check and the panic.
func TestFailuresSurvivePanics(t *testing.T) {
	lines := Failures(opener(func(h *hooks, _ compute.Options) {
		h.clipScale = func(_, _, _ compute.Tensor, _ float64) { panic("no such kernel") }
	}), "update")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "update/float32/ClipScale: panic: no such kernel") {
		t.Errorf("failures: %q", lines)
	}
}

func TestFromHalf(t *testing.T) {
	for bits, want := range map[uint16]float64{
		0x0000: 0, 0x3C00: 1, 0xC000: -2, 0x7BFF: 65504, 0x0001: 0x1p-24, 0x03FF: 1023 * 0x1p-24, 0x0400: 0x1p-14, 0x3555: 0.333251953125,
	} {
		if got := fromHalf(bits); got != want {
			t.Errorf("fromHalf(%#04x) = %v, want %v", bits, got, want)
		}
	}
}
