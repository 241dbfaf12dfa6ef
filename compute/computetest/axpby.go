package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// checkAxpby: out of place, in place, and with b = 0 over NaN.
func checkAxpby(e *env) {
	for _, e := range e.offsets() {
		for _, n := range sizes {
			for _, c := range [][2]float64{{1, 0}, {1, 1}, {-0.3, 0}, {0.1, 0.9}, {0.001, 0.999}, {2, -1}, {1e-3, 1}} {
				a, b := c[0], c[1]
				left, right := e.normal(n), e.normal(n)
				x, y := e.put(left, n), e.out(n)
				if b != 0 {
					y.set(right)
				}
				want := make([]float64, n)
				for i := range want {
					want[i] = a*left[i] + b*right[i]
					if b == 0 {
						want[i] = a * left[i]
					}
				}
				tol := func(i int) float64 {
					return 4*e.unit()*(math.Abs(a*left[i])+math.Abs(b*right[i])) + e.tiny()
				}
				what := fmt.Sprintf("Axpby %v, %v of %d at offset %d", a, b, n, e.before)
				e.b.Axpby(a, x.Tensor, b, y.Tensor)
				e.near(what, y.get(), want, tol)
				e.same(what+": x afterwards", x.get(), left)
				e.b.Axpby(a, x.Tensor, b, x.Tensor)
				for i := range want {
					want[i] = a*left[i] + b*left[i]
				}
				e.near(what+" in place", x.get(), want, func(i int) float64 {
					return 4*e.unit()*(math.Abs(a)+math.Abs(b))*math.Abs(left[i]) + e.tiny()
				})
			}
		}
	}
	x, y := e.put([]float64{math.NaN(), math.Inf(1), 1, 1}, 4), e.put([]float64{1, 1, math.NaN(), math.Inf(-1)}, 4)
	e.b.Axpby(0.5, x.Tensor, 0.5, y.Tensor)
	e.equal("Axpby of NaN and infinities", y.get(), []float64{math.NaN(), math.Inf(1), math.NaN(), math.Inf(-1)})
}

// checkAdvance: counters beyond 32 bits, in both directions, and one element of a vector.
func checkAdvance(e *env) {
	for _, e := range e.offsets() {
		start := []float64{0, -1, 1 << 40, 1<<32 - 1, 7}
		x := e.putAs(compute.Int64, start, len(start))
		total := 0.0
		for _, by := range []int64{1, -3, 1 << 33, 0} {
			e.b.Advance(x.Tensor, by)
			total += float64(by)
		}
		want := make([]float64, len(start))
		for i := range want {
			want[i] = start[i] + total
		}
		e.equal("Advance", x.get(), want)
		e.b.Advance(x.At(2), 5)
		want[2] += 5
		e.equal("Advance of one element", x.get(), want)
	}
}

// checkNoteNonFinite: each kind of bad number at the beginning, the middle and the end; the first
// step noted stays.
func checkNoteNonFinite(e *env) {
	bad := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	for _, e := range e.offsets() {
		for _, n := range sizes {
			values := e.normal(n)
			copy(values, []float64{-e.tiny(), e.special()[6], -e.special()[6]})
			first := e.counter(-1)
			x := e.put(values, n)
			e.b.NoteNonFinite(first.Tensor, x.Tensor, e.counter(3).Tensor)
			e.equal(fmt.Sprintf("NoteNonFinite of %d finite numbers", n), first.get(), []float64{-1})
			for i, at := range []int{0, n / 2, n - 1} {
				one := append([]float64{}, values...)
				one[at] = bad[i]
				x.set(one)
				first.set([]float64{-1})
				e.b.NoteNonFinite(first.Tensor, x.Tensor, e.counter(int64(at)).Tensor)
				e.equal(fmt.Sprintf("NoteNonFinite with %v at %d of %d", bad[i], at, n), first.get(), []float64{float64(at)})
				e.b.NoteNonFinite(first.Tensor, x.Tensor, e.counter(1<<40).Tensor)
				e.equal("NoteNonFinite the second time", first.get(), []float64{float64(at)})
			}
		}
	}
}

// checkFloat64Operands: a backend of either Float type works on tensors of both, because sums are
// kept in Float64.
func checkFloat64Operands(e *env) {
	e.wide().eachWide(65)
	e.wide().eachWide(1025)
}

// wide returns e with Float64 operands, whatever the backend's Float.
func (e *env) wide() *env {
	c := *e
	c.dt = compute.Float64
	return &c
}

func (e *env) eachWide(n int) {
	for _, op := range binaryOps {
		e.binaryCase(op.op, op.name+" of Float64 operands", op.f, e.mixed(n), e.mixed(n))
	}
	for _, u := range unaryOps {
		values := e.mixed(n)
		want := make([]float64, n)
		for i, x := range values {
			want[i] = u.f(x)
		}
		x, y := e.put(values, n), e.out(n)
		e.b.Unary(u.op, y.Tensor, x.Tensor)
		e.matchUnary(u.op, u.name+" of Float64 operands", y.get(), want)
	}
}
