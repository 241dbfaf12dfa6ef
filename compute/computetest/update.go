package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

var updateChecks = []check{
	{"ClipScale", checkClipScale},
	{"SymmetricPower", checkSymmetricPower},
	{"Panics", checkUpdatePanics},
}

func checkClipScale(e *env) {
	inf, nan := math.Inf(1), math.NaN()
	cases := [][]float64{{0}, {1}, {1e-12}, {4, 9, 1e-3}, {1e300, 1}, {inf, 1}, {nan, 1}, {1, nan}, {1e-320}}
	for _, n := range []int{17, 1000} {
		var long []float64
		for _, v := range e.normal(n) {
			long = append(long, v*v)
		}
		cases = append(cases, long)
	}
	for _, e := range e.offsets() {
		for _, squares := range cases {
			for _, limit := range []float64{0, -1, 0.1, 1, 1e6} {
				norm := math.Sqrt(sum(squares))
				want := 1.0
				if limit > 0 {
					want = limit / (norm + 1e-6)
					if want > 1 {
						want = 1
					}
				} else if math.IsNaN(norm) {
					continue // both rules apply
				}
				what := fmt.Sprintf("ClipScale of %d squares from %v, limit %v, at offset %d", len(squares), squares[0], limit, e.before)
				scale, total := e.out(1), e.alloc(compute.Float64, 1)
				e.b.ClipScale(scale.Tensor, total.Tensor, e.putAs(compute.Float64, squares, len(squares)).Tensor, limit)
				e.near(what+": norm", total.get(), []float64{norm}, within(0x1p-46*norm))
				e.near(what+": scale", scale.get(), []float64{want}, within(4*e.unit()*want+0x1p-46*want+e.tiny()))
			}
		}
	}
}

func checkUpdatePanics(e *env) {
	b, scale := e.b, e.zeros(1)
	norm, squares := b.Alloc(compute.Float64, 1), b.Alloc(compute.Float64, 3)
	e.mustPanic([]misuse{
		{"ClipScale", []string{"[2]"}, func() { b.ClipScale(e.zeros(2), norm, squares, 1) }},
		{"ClipScale", []string{"[2]"}, func() { b.ClipScale(scale, b.Alloc(compute.Float64, 2), squares, 1) }},
		{"SymmetricPower", []string{"[2 3]"}, func() { b.SymmetricPower(e.zeros(2, 3), e.zeros(2, 3), -1, 1e-4) }},
		{"SymmetricPower", []string{"[2 2]", "[3 3]"}, func() { b.SymmetricPower(e.zeros(2, 2), e.zeros(3, 3), -1, 1e-4) }},
		{"ClipScale", []string{"int64"}, func() { b.ClipScale(scale, norm, b.Alloc(compute.Int64, 3), 1) }},
	})
}
