package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// transcendentals are the operations that need not be correctly rounded.
var transcendentals = []struct {
	op   compute.UnaryOp
	name string
	f    func(x float64) float64
}{
	{compute.Exp, "Exp", math.Exp},
	{compute.Expm1, "Expm1", math.Expm1},
	{compute.Log, "Log", math.Log},
	{compute.Log1p, "Log1p", math.Log1p},
	{compute.Tanh, "Tanh", math.Tanh},
	{compute.Erf, "Erf", math.Erf},
	{compute.Sigmoid, "Sigmoid", func(x float64) float64 {
		if x < -40 { // 1 + eˣ is 1
			return math.Exp(x)
		}
		return 1 / (1 + math.Exp(-x))
	}},
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
				close := func(i int) float64 { return 8*e.unit()*math.Abs(want[i]) + 4*smallest }
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
