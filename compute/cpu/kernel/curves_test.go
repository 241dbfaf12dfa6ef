package kernel

import (
	"math"
	"testing"
)

// TestCurveAccuracy measures float32's error against float64, in units of 2⁻²⁴ of the result's size, or
// of the size that compute.UnaryOp holds it to. The bounds are what was measured on every 997th float32,
// rounded up; here one of 9973 is looked at, or with -short of 99991.
func TestCurveAccuracy(t *testing.T) {
	argument := func(x, _ float64) float64 { return math.Abs(x) }
	result := func(_, y float64) float64 { return math.Abs(y) }
	one := func(_, y float64) float64 { return max(1, math.Abs(y)) }
	step := uint64(9973)
	if testing.Short() {
		step = 99991
	}
	for _, c := range []struct {
		f     Function
		name  string
		size  func(x, y float64) float64
		bound float64
	}{
		{Exp, "exp", result, 2},
		{Expm1, "expm1", result, 3},
		{Tanh, "tanh", result, 4},
		{Erf, "erf", result, 5},
		{Sigmoid, "sigmoid", result, 3},
		{GELU, "gelu", argument, 4},
		{GELUSlope, "gelu'", one, 4},
		{SiLU, "silu", argument, 3},
		{SiLUSlope, "silu'", one, 4},
		{ELU, "elu", result, 3},
		{ELUSlope, "elu'", one, 2},
		{Softplus, "softplus", result, 5},
		{SoftplusSlope, "softplus'", one, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			worst, at := 0.0, float32(0)
			in, out := make([]float32, 1), make([]float32, 1)
			for bits := uint64(0); bits < 1<<32; bits += step {
				x := math.Float32frombits(uint32(bits))
				y := curves64[c.f](float64(x))
				if math.IsNaN(y) || math.IsInf(y, 0) || math.Abs(y) > math.MaxFloat32 || math.Abs(y) < 0x1p-126 {
					continue
				}
				in[0] = x
				Curve(c.f, out, in)
				if e := math.Abs(float64(out[0])-y) / c.size(float64(x), y) * (1 << 24); !(e <= worst) {
					worst, at = e, x
				}
			}
			if !(worst <= c.bound) {
				t.Errorf("the error at %v is %.2f, more than %v", at, worst, c.bound)
			}
			t.Logf("largest error %.2f, at %v", worst, at)
		})
	}
}
