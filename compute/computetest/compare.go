package computetest

import "math"

// same checks that got has the bits of want; NaNs are alike.
func (e *env) same(what string, got, want []float64) {
	e.Helper()
	e.compare(what, got, want, func(_ int, g, w float64) bool {
		return math.Float64bits(g) == math.Float64bits(w)
	})
}

// equal checks that got equals want, where 0 equals -0; NaNs are alike.
func (e *env) equal(what string, got, want []float64) {
	e.Helper()
	e.compare(what, got, want, func(_ int, g, w float64) bool { return g == w })
}

// near checks that got[i] is within tol(i) of want[i]; infinities must agree, and NaNs are alike.
func (e *env) near(what string, got, want []float64, tol func(i int) float64) {
	e.Helper()
	e.compare(what, got, want, func(i int, g, w float64) bool {
		return g == w || math.Abs(g-w) <= tol(i)
	})
}

// within is a tolerance that is the same for all elements.
func within(tol float64) func(int) float64 { return func(int) float64 { return tol } }

func (e *env) compare(what string, got, want []float64, ok func(i int, g, w float64) bool) {
	e.Helper()
	if len(got) != len(want) {
		e.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if math.IsNaN(g) && math.IsNaN(w) {
			continue
		}
		if math.IsNaN(g) || math.IsNaN(w) || !ok(i, g, w) {
			e.fail("%s: element %d of %d is %v, want %v", what, i, len(want), g, w)
			return
		}
	}
}

// sum is Σ v with Neumaier's compensation: exact to the last bit or so.
func sum(v []float64) float64 {
	var s, c float64
	for _, x := range v {
		t := s + x
		if math.Abs(s) >= math.Abs(x) {
			c += (s - t) + x
		} else {
			c += (x - t) + s
		}
		s = t
	}
	if math.IsInf(s, 0) || math.IsNaN(s) {
		return s
	}
	return s + c
}
