package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// transcendental is an operation that need not be correctly rounded. It is held to 4 units in the last
// place of its result, or of size(x) where that is larger.
type transcendental struct {
	op   compute.UnaryOp
	name string
	f    func(x float64) float64
	size func(x float64) float64
}

var (
	ofArgument = math.Abs
	ofOne      = func(float64) float64 { return 1 }
)

var transcendentals = []transcendental{
	{compute.Exp, "Exp", math.Exp, nil},
	{compute.Expm1, "Expm1", math.Expm1, nil},
	{compute.Log, "Log", logarithm, nil},
	{compute.Log1p, "Log1p", math.Log1p, nil},
	{compute.Tanh, "Tanh", math.Tanh, nil},
	{compute.Erf, "Erf", math.Erf, nil},
	{compute.Sigmoid, "Sigmoid", logistic, nil},
	{compute.GELU, "GELU", func(x float64) float64 { return x * normalCDF(x) }, ofArgument},
	{compute.GELUSlope, "GELUSlope", func(x float64) float64 {
		return normalCDF(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
	}, ofOne},
	{compute.SiLU, "SiLU", func(x float64) float64 { return x * logistic(x) }, ofArgument},
	{compute.SiLUSlope, "SiLUSlope", func(x float64) float64 {
		return logistic(x) * (1 + x*logistic(-x))
	}, ofOne},
	{compute.ELU, "ELU", func(x float64) float64 {
		if x > 0 {
			return x
		}
		return math.Expm1(x)
	}, nil},
	{compute.ELUSlope, "ELUSlope", func(x float64) float64 { return math.Exp(math.Min(x, 0)) }, ofOne},
	{compute.Softplus, "Softplus", func(x float64) float64 {
		if x > 20 {
			return x
		}
		return math.Log1p(math.Exp(x))
	}, nil},
	{compute.SoftplusSlope, "SoftplusSlope", func(x float64) float64 {
		if x > 20 {
			return 1
		}
		return logistic(x)
	}, ofOne},
}

// logarithm is math.Log for subnormal numbers too, which Go's assembly for amd64 takes for 2⁻¹⁰²³.
func logarithm(x float64) float64 {
	if x > 0 && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

// logistic is 1 / (1 + e⁻ˣ).
func logistic(x float64) float64 {
	if x < -40 { // 1 + eˣ is 1
		return math.Exp(x)
	}
	return 1 / (1 + math.Exp(-x))
}

// tolerance is what is allowed at x, where the result is want.
func (u *transcendental) tolerance(unit, x, want float64) float64 {
	size := math.Abs(want)
	if u.size != nil {
		size = max(size, u.size(x))
	}
	return 8 * unit * size
}

// checkTranscendental: within 8 unit roundoffs (4 units in the last place) over the whole range
// from overflow to underflow, near 0 and at the special values.
func checkTranscendental(e *env) {
	smallest := 0x1p-126 // normal
	if e.dt == compute.Float64 {
		smallest = 0x1p-1022
	}
	for _, e := range e.offsets() {
		for _, u := range transcendentals {
			for _, n := range sizes {
				values := e.mixed(n)
				for i := range values { // magnitudes from 1e-9 to 1e3
					if i%3 == 0 {
						values[i] = e.round(values[i] * math.Pow(10, 12*e.rng.Float64()-9))
					}
				}
				want := make([]float64, n)
				for i, x := range values {
					want[i] = e.round(u.f(x))
				}
				what := fmt.Sprintf("%s of %d at offset %d", u.name, n, e.before)
				close := func(i int) float64 { return u.tolerance(e.unit(), values[i], want[i]) + 4*smallest }
				x, y := e.put(values, n), e.out(n)
				e.b.Unary(u.op, y.Tensor, x.Tensor)
				e.near(what, y.get(), want, close)
				e.same(what+": operand afterwards", x.get(), values)
				e.b.Unary(u.op, x.Tensor, x.Tensor)
				e.near(what+" in place", x.get(), want, close)
			}
		}
	}
}
