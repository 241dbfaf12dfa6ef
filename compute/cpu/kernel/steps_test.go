package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSparseStepsSkipZeros: where the clipped gradient is 0 or NaN nothing changes, not a bit; an
// underflowing product counts as 0.
func TestSparseStepsSkipZeros(t *testing.T) {
	g := []float32{0, float32(math.Copysign(0, -1)), float32(math.NaN()), math.SmallestNonzeroFloat32, 1e-30, -2}
	moves := []bool{false, false, false, false, true, true}
	s := Step[float32]{Clip: 0.25, LR: 0.5, Eps: 1e-8, Keep: 0.9, Add: 0.1, Add2: 0.001}
	fresh := func() []float32 { return []float32{1, 2, 3, 4, 5, 6} }
	p, m, v := fresh(), fresh(), fresh()
	SparseAdam(p, m, v, g, &s)
	p2, m2 := fresh(), fresh()
	SparseSGD(p2, m2, g, &s)
	for i, old := range fresh() {
		for name, got := range map[string]float32{"SparseAdam p": p[i], "SparseAdam m": m[i], "SparseAdam v": v[i], "SparseSGD p": p2[i], "SparseSGD m": m2[i]} {
			if (got != old) != moves[i] {
				t.Errorf("%s: gradient %v took %v to %v", name, g[i], old, got)
			}
		}
	}
}

// TestStepsFollowFloat64 follows each formula in float64 for many steps.
func TestStepsFollowFloat64(t *testing.T) {
	const n = 257
	s32 := Step[float32]{Clip: 0.5, LR: 1e-3, Eps: 1e-8, Keep: 0.9, Add: 0.1, Add2: 0.001}
	s64 := Step[float64]{Clip: 0.5, LR: 1e-3, Eps: 1e-8, Keep: 0.9, Add: 0.1, Add2: 0.001}
	for name, step := range map[string]struct {
		f32 func(p, m, v, g []float32)
		f64 func(p, m, v, g []float64)
	}{
		"SGD":              {func(p, m, _, g []float32) { SGD(p, m, g, &s32) }, func(p, m, _, g []float64) { SGD(p, m, g, &s64) }},
		"SGD, no momentum": {func(p, _, _, g []float32) { SGD(p, nil, g, &s32) }, func(p, _, _, g []float64) { SGD(p, nil, g, &s64) }},
		"RMSProp":          {func(p, m, _, g []float32) { RMSProp(p, m, g, &s32) }, func(p, m, _, g []float64) { RMSProp(p, m, g, &s64) }},
		"SparseAdam":       {func(p, m, v, g []float32) { SparseAdam(p, m, v, g, &s32) }, func(p, m, v, g []float64) { SparseAdam(p, m, v, g, &s64) }},
		"SparseSGD":        {func(p, m, _, g []float32) { SparseSGD(p, m, g, &s32) }, func(p, m, _, g []float64) { SparseSGD(p, m, g, &s64) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 8))
			p, m, v := random(r, n), make([]float32, n), make([]float32, n)
			wide := func(x []float32) []float64 {
				out := make([]float64, len(x))
				for i := range x {
					out[i] = float64(x[i])
				}
				return out
			}
			p64, m64, v64 := wide(p), wide(m), wide(v)
			for range 50 {
				g := random(r, n)
				for i := 0; i < n; i += 3 {
					g[i] = 0
				}
				step.f32(p, m, v, g)
				step.f64(p64, m64, v64, wide(g))
			}
			for i := range p {
				near(t, "parameter", float64(p[i]), p64[i], 4e-6)
				near(t, "first state", float64(m[i]), m64[i], 4e-6)
				near(t, "second state", float64(v[i]), v64[i], 4e-6)
			}
		})
	}
}
