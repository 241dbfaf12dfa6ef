package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

var reduceChecks = []check{
	{"Columns", checkReduceColumns},
	{"All", checkReduceAll},
	{"NonFinite", checkReduceNonFinite},
	{"Float64Sum", checkReduceFloat64},
	{"ManyRows", checkReduceLong},
	{"Panics", checkReducePanics},
	{"Rows", checkReduceRows},
	{"Largest", checkReduceLargest},
}

// reduceOps defines each reduction by what one element contributes.
var reduceOps = []struct {
	op   compute.ReduceOp
	name string
	f    func(x float64) float64
}{
	{compute.Sum, "Sum", func(x float64) float64 { return x }},
	{compute.SumSquares, "SumSquares", func(x float64) float64 { return x * x }},
	{compute.SumAbs, "SumAbs", math.Abs},
	{compute.CountPositive, "CountPositive", func(x float64) float64 { return indicator(x > 0) }},
	{compute.CountNegative, "CountNegative", func(x float64) float64 { return indicator(x < 0) }},
}

// columnSums returns, for each column of v (rows × cols), Σ f and Σ |f|.
func columnSums(v []float64, rows, cols int, f func(float64) float64) (sums, sizes []float64) {
	for j := range cols {
		var terms, sized []float64
		for i := range rows {
			t := f(v[i*cols+j])
			terms, sized = append(terms, t), append(sized, math.Abs(t))
		}
		sums, sizes = append(sums, sum(terms)), append(sizes, sum(sized))
	}
	return sums, sizes
}

// sumTolerance is how many unit roundoffs of Σ |x| a sum may err: that of a blocked sum, not that
// of adding a million numbers to one float32.
const sumTolerance = 32

// reduction is one call of Reduce and what it is compared with.
type reduction struct {
	op         compute.ReduceOp
	name       string
	f          func(float64) float64
	axis       compute.Axis
	to         compute.DType
	accumulate bool
}

func (e *env) eachReduction(axis compute.Axis, f func(r reduction)) {
	for _, op := range reduceOps {
		for _, to := range []compute.DType{e.dt, compute.Float64} {
			for _, accumulate := range []bool{false, true} {
				f(reduction{op.op, op.name, op.f, axis, to, accumulate})
			}
			if e.dt == compute.Float64 {
				break
			}
		}
	}
}

func (r reduction) run(e *env, values []float64, rows, cols int) {
	e.Helper()
	n := cols
	sums, sizes := columnSums(values, rows, cols, r.f)
	switch r.axis {
	case compute.All:
		n = 1
		sums, sizes = columnSums(values, rows*cols, 1, r.f)
	case compute.Rows:
		n = rows
		sums, sizes = columnSums(transposed(values, rows, cols), cols, rows, r.f)
	}
	x, dst := e.put(values, rows, cols), e.alloc(r.to, n)
	if r.accumulate {
		old := e.normal(n)
		dst.set(old)
		for j := range sums {
			sums[j] += old[j]
			sizes[j] += math.Abs(old[j])
		}
	}
	e.b.Reduce(r.op, dst.Tensor, x.Tensor, r.axis, r.accumulate)
	what := fmt.Sprintf("Reduce %s of (%d × %d) at offset %d, axis %d, to %v, accumulate %v",
		r.name, rows, cols, e.before, r.axis, r.to, r.accumulate)
	got := dst.get()
	if !r.accumulate && (r.op == compute.CountPositive || r.op == compute.CountNegative) {
		e.equal(what, got, sums)
	} else {
		e.near(what, got, sums, func(j int) float64 { return sumTolerance*e.unit()*sizes[j] + float64(rows*cols)*e.tiny() })
	}
	e.same(what+": operand afterwards", x.get(), values)
}

func checkReduceColumns(e *env) {
	for _, e := range e.offsets() {
		for _, s := range e.upTo(large, append(shapes, teamRows, [2]int{1025, 5}, [2]int{1000, 17}, [2]int{64, 130})) {
			e.eachReduction(compute.Columns, func(r reduction) { r.run(e, e.normal(s[0]*s[1]), s[0], s[1]) })
		}
	}
}

func checkReduceRows(e *env) {
	for _, e := range e.offsets() {
		for _, s := range e.upTo(large, append(shapes, teamRows, [2]int{5, 1025}, [2]int{17, 1000}, [2]int{3, 9001})) {
			e.eachReduction(compute.Rows, func(r reduction) {
				if r.accumulate || s[0]*s[1] < large || thorough {
					r.run(e, e.normal(s[0]*s[1]), s[0], s[1])
				}
			})
		}
	}
	x := e.put([]float64{1, 2, 3, 4}, 2, 2)
	column := e.out(2, 1)
	e.b.Reduce(compute.Sum, column.Tensor, x.Tensor, compute.Rows, false)
	e.equal("Reduce of rows to [2 1]", column.get(), []float64{3, 7})
}

// transposed returns v (rows × cols) as (cols × rows).
func transposed(v []float64, rows, cols int) []float64 {
	t := make([]float64, 0, len(v))
	for j := range cols {
		for i := range rows {
			t = append(t, v[i*cols+j])
		}
	}
	return t
}

// checkReduceLargest: a maximum is exact, along each axis, over negative numbers too; NaN wins.
func checkReduceLargest(e *env) {
	for _, e := range e.offsets() {
		for _, s := range e.upTo(large, append(shapes, teamRows, [2]int{5, 1025}, [2]int{1000, 17}, [2]int{9001, 5})) {
			rows, cols := s[0], s[1]
			below := e.normal(rows * cols)
			for i, v := range below {
				below[i] = e.round(-math.Abs(v) - 1)
			}
			for _, values := range [][]float64{below, e.mixed(rows * cols)} {
				e.largest(values, rows, cols)
			}
		}
	}
}

func (e *env) largest(values []float64, rows, cols int) {
	e.Helper()
	for axis, n := range []int{compute.All: 1, compute.Columns: cols, compute.Rows: rows} {
		for _, to := range []compute.DType{e.dt, compute.Float64} {
			for _, accumulate := range []bool{false, true} {
				want, old := make([]float64, n), make([]float64, n)
				for j := range want {
					want[j], old[j] = math.Inf(-1), -1.5
					if accumulate {
						want[j] = old[j]
					}
				}
				for i, v := range values {
					j := [3]int{compute.All: 0, compute.Columns: i % cols, compute.Rows: i / cols}[axis]
					want[j] = -lesser(-want[j], -v)
				}
				x, dst := e.put(values, rows, cols), e.putAs(to, old, n)
				e.b.Reduce(compute.Largest, dst.Tensor, x.Tensor, compute.Axis(axis), accumulate)
				e.equal(fmt.Sprintf("Reduce Largest of (%d × %d) at offset %d, axis %d, to %v, accumulate %v",
					rows, cols, e.before, axis, to, accumulate), dst.get(), want)
			}
		}
	}
}

func checkReduceAll(e *env) {
	for _, e := range e.offsets() {
		for _, s := range e.upTo(large, append(shapes, teamRows, [2]int{15, 1}, [2]int{1000, 17})) {
			e.eachReduction(compute.All, func(r reduction) {
				if r.accumulate || s[0]*s[1] < large || thorough {
					r.run(e, e.normal(s[0]*s[1]), s[0], s[1])
				}
			})
		}
	}
}

// checkReduceNonFinite: NaN and infinities reach sums; counts see no NaN, count infinities by
// their sign and neither zero, and denormals are not zero.
func checkReduceNonFinite(e *env) {
	inf := math.Inf(1)
	columns := [][]float64{
		{1, math.NaN(), -1, 2},
		{inf, 1, 2, 3},
		{-inf, 1, 2, 3},
		{inf, -inf, 1, 1},
		{math.Copysign(0, -1), 0, math.Copysign(0, -1), 0},
		{e.tiny(), -e.tiny(), e.tiny(), 0},
	}
	for _, e := range e.offsets() {
		for _, wide := range []int{1, 5} { // repeat the columns, so that vector bodies see them too
			cols := wide * len(columns)
			values := make([]float64, 4*cols)
			for i := range values {
				values[i] = columns[i%cols%len(columns)][i/cols]
			}
			e.eachReduction(compute.Columns, func(r reduction) {
				if !r.accumulate {
					r.run(e, values, 4, cols)
				}
			})
		}
		for _, c := range columns {
			for _, n := range []int{4, 17, 65} {
				values := make([]float64, n)
				copy(values[n-4:], c)
				e.eachReduction(compute.All, func(r reduction) { r.run(e, values, n, 1) })
			}
		}
	}
}

// checkReduceFloat64: sums over an epoch go to Float64 and must not lose small contributions.
func checkReduceFloat64(e *env) {
	x := e.put([]float64{1, 0, 1, 1, 0, 1}, 3, 2)
	for _, op := range reduceOps {
		if op.op == compute.CountNegative {
			continue
		}
		columns, all := e.putAs(compute.Float64, []float64{1 << 53 / 8, 0x1p40 + 0.5}, 2), e.putAs(compute.Float64, []float64{0x1p40 + 0.5}, 1)
		for range 3 {
			e.b.Reduce(op.op, columns.Tensor, x.Tensor, compute.Columns, true)
			e.b.Reduce(op.op, all.Tensor, x.Tensor, compute.All, true)
		}
		e.equal("Reduce "+op.name+" of columns added to large Float64 sums", columns.get(), []float64{1<<53/8 + 6, 0x1p40 + 6.5})
		e.equal("Reduce "+op.name+" of all added to a large Float64 sum", all.get(), []float64{0x1p40 + 12.5})
	}
}

// checkReduceLong: a long sum is as accurate as a short one. The values are positive, so adding
// them one by one in the float type drifts.
func checkReduceLong(e *env) {
	for axis, s := range [][2]int{compute.All: {20011, 3}, compute.Columns: {4099, 3}} {
		values := e.normal(s[0] * s[1])
		for i := range values {
			values[i] = e.round(math.Abs(values[i]) + 1)
		}
		e.eachReduction(compute.Axis(axis), func(r reduction) {
			if !r.accumulate || thorough {
				r.run(e, values, s[0], s[1])
			}
		})
	}
}

func checkReducePanics(e *env) {
	b, x := e.b, e.zeros(2, 3)
	e.mustPanic([]misuse{
		{"Reduce", []string{"[2 3]", "[2]"}, func() { b.Reduce(compute.Sum, e.zeros(2), x, compute.Columns, false) }},
		{"Reduce", []string{"[2 3]", "[3]"}, func() { b.Reduce(compute.Sum, e.zeros(3), x, compute.All, false) }},
		{"Reduce", []string{"[2 3]", "[3]"}, func() { b.Reduce(compute.Sum, e.zeros(3), x, compute.Rows, false) }},
		{"Reduce", []string{"int32"}, func() { b.Reduce(compute.Sum, b.Alloc(compute.Int32, 3), x, compute.Columns, false) }},
	})
}
