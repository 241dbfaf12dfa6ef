package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

var elementwiseChecks = []check{
	{"Unary", checkUnary},
	{"Binary", checkBinary},
	{"BinaryBroadcast", checkBroadcast},
	{"Axpby", checkAxpby},
	{"Advance", checkAdvance},
	{"NoteNonFinite", checkNoteNonFinite},
	{"Float64OnFloat32", checkFloat64Operands},
	{"Panics", checkElementwisePanics},
	{"Transcendental", checkTranscendental},
}

// unaryOps defines each operation in float64. One rounding to float32 of the float64 result is
// the correctly rounded float32 result (Figueroa 1995), so results must agree in every bit.
var unaryOps = []struct {
	op   compute.UnaryOp
	name string
	f    func(x float64) float64
}{
	{compute.Relu, "Relu", func(x float64) float64 {
		if x < 0 {
			return 0
		}
		return x
	}},
	{compute.Sqrt, "Sqrt", math.Sqrt},
	{compute.Square, "Square", func(x float64) float64 { return x * x }},
	{compute.Abs, "Abs", math.Abs},
	{compute.Negative, "Negative", func(x float64) float64 { return indicator(x < 0) }},
	{compute.Positive, "Positive", func(x float64) float64 { return indicator(x > 0) }},
	{compute.Reciprocal, "Reciprocal", func(x float64) float64 { return 1 / x }},
	{compute.Sign, "Sign", func(x float64) float64 {
		if math.IsNaN(x) {
			return x
		}
		return indicator(x > 0) - indicator(x < 0)
	}},
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func checkUnary(e *env) {
	for _, e := range e.offsets() {
		for _, u := range unaryOps {
			for _, n := range sizes {
				values := e.mixed(n)
				if n >= 63 {
					copy(values, e.special())
				}
				want := make([]float64, n)
				for i, x := range values {
					want[i] = e.round(u.f(x))
				}
				what := fmt.Sprintf("%s of %d at offset %d", u.name, n, e.before)
				x, y := e.put(values, n), e.out(n, 1)
				e.b.Unary(u.op, y.Tensor, x.Tensor)
				e.matchUnary(u.op, what, y.get(), want)
				e.same(what+": operand afterwards", x.get(), values)
				e.b.Unary(u.op, x.Tensor, x.Tensor)
				e.matchUnary(u.op, what+" in place", x.get(), want)
			}
		}
	}
}

// matchUnary leaves the sign of Relu's zero open: max(-0, 0) may be either.
func (e *env) matchUnary(op compute.UnaryOp, what string, got, want []float64) {
	e.Helper()
	if op == compute.Relu {
		e.equal(what, got, want)
	} else {
		e.same(what, got, want)
	}
}

// binaryOps defines each operation in float64; see unaryOps for why bits must agree.
var binaryOps = []struct {
	op   compute.BinaryOp
	name string
	f    func(x, y float64) float64
}{
	{compute.Add, "Add", func(x, y float64) float64 { return x + y }},
	{compute.Sub, "Sub", func(x, y float64) float64 { return x - y }},
	{compute.Mul, "Mul", func(x, y float64) float64 { return x * y }},
	{compute.Div, "Div", func(x, y float64) float64 { return x / y }},
	{compute.Min, "Min", lesser},
	{compute.Max, "Max", func(x, y float64) float64 { return -lesser(-x, -y) }},
	{compute.MaskByAbove, "MaskByAbove", func(x, y float64) float64 {
		if y > 0 {
			return x
		}
		return 0
	}},
}

// lesser is the smaller, NaN if either is (math.Min prefers -Inf to NaN).
func lesser(x, y float64) float64 {
	if math.IsNaN(x) || math.IsNaN(y) {
		return math.NaN()
	}
	return math.Min(x, y)
}

// matchBinary leaves the sign of zeros open where it is not the arithmetic's: Min, Max, mask.
func (e *env) matchBinary(op compute.BinaryOp, what string, got, want []float64) {
	e.Helper()
	if op <= compute.Div {
		e.same(what, got, want)
	} else {
		e.equal(what, got, want)
	}
}

// checkBinary: operands of one shape, each aliasing of them, and all pairs of special values.
func checkBinary(e *env) {
	special := e.special()
	var left, right []float64
	for _, x := range special {
		for _, y := range special {
			left, right = append(left, x), append(right, y)
		}
	}
	for _, e := range e.offsets() {
		for _, op := range binaryOps {
			e.binaryCase(op.op, op.name+" of special values", op.f, left, right)
			for _, n := range sizes {
				what := fmt.Sprintf("%s of %d at offset %d", op.name, n, e.before)
				e.binaryCase(op.op, what, op.f, e.mixed(n), e.mixed(n))
			}
		}
	}
}

func (e *env) binaryCase(op compute.BinaryOp, what string, f func(x, y float64) float64, left, right []float64) {
	e.Helper()
	n := len(left)
	want, twice := make([]float64, n), make([]float64, n)
	for i := range left {
		want[i], twice[i] = e.round(f(left[i], right[i])), e.round(f(left[i], left[i]))
	}
	x, y, z := e.put(left, n), e.put(right, n), e.out(n)
	e.b.Binary(op, z.Tensor, x.Tensor, y.Tensor)
	e.matchBinary(op, what, z.get(), want)
	e.same(what+": x afterwards", x.get(), left)
	e.same(what+": y afterwards", y.get(), right)
	e.b.Binary(op, y.Tensor, x.Tensor, y.Tensor)
	e.matchBinary(op, what+", z = y", y.get(), want)
	y.set(right)
	e.b.Binary(op, x.Tensor, x.Tensor, y.Tensor)
	e.matchBinary(op, what+", z = x", x.get(), want)
	x.set(left)
	e.b.Binary(op, x.Tensor, x.Tensor, x.Tensor)
	e.matchBinary(op, what+", z = x = y", x.get(), twice)
}

// checkBroadcast: y as a scalar [1], a row [n] and a column [B 1], into z and over x.
func checkBroadcast(e *env) {
	for _, e := range e.offsets() {
		for _, op := range binaryOps {
			for _, s := range append(shapes, teamRows) {
				rows, cols := s[0], s[1]
				for _, k := range []struct {
					name  string
					shape []int
					at    func(i int) int
				}{
					{"same", []int{rows, cols}, func(i int) int { return i }},
					{"scalar", []int{1}, func(int) int { return 0 }},
					{"row", []int{cols}, func(i int) int { return i % cols }},
					{"column", []int{rows, 1}, func(i int) int { return i / cols }},
				} {
					y := e.b.Alloc(e.dt, k.shape...)
					right := e.mixed(y.Len())
					e.b.Upload(y, encode(e.dt, right))
					left := e.mixed(rows * cols)
					want := make([]float64, len(left))
					for i := range want {
						want[i] = e.round(op.f(left[i], right[k.at(i)]))
					}
					what := fmt.Sprintf("%s of (%d × %d) by a %s at offset %d", op.name, rows, cols, k.name, e.before)
					x, z := e.put(left, rows, cols), e.out(rows, cols)
					e.b.Binary(op.op, z.Tensor, x.Tensor, y)
					e.matchBinary(op.op, what, z.get(), want)
					e.b.Binary(op.op, x.Tensor, x.Tensor, y)
					e.matchBinary(op.op, what+", z = x", x.get(), want)
				}
			}
		}
	}
}
