package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

var softmaxChecks = []check{
	{"RowSoftmax", checkRowSoftmax},
	{"RowSoftmaxBackward", checkRowSoftmaxBackward},
	{"Panics", checkSoftmaxPanics},
}

// softmaxShapes reach rows as long as a dataset.
var softmaxShapes = append(shapes, teamRows, [2]int{3, 20011})

// softmax is the definition in float64, for one row, of scores that were scaled and rounded.
func softmax(scores []float64) []float64 {
	top := math.Inf(-1)
	for _, v := range scores {
		top = math.Max(top, v) // NaN if either is
	}
	out := make([]float64, len(scores))
	for j, v := range scores {
		out[j] = math.Exp(v - top)
	}
	total := sum(out)
	for j := range out {
		out[j] /= total
	}
	return out
}

func checkRowSoftmax(e *env) {
	for _, way := range []way[func(b compute.Backend, p, s, scale, column compute.Tensor)]{
		{"RowSoftmax", compute.RowSoftmax}, {"RowSoftmaxComposed", compute.RowSoftmaxComposed},
	} {
		for _, e := range e.offsets() {
			for _, shape := range e.upTo(large, softmaxShapes) {
				for _, scale := range []float64{1, 0, -0.3, 40} {
					if scale != -0.3 && shape[0]*shape[1] > large && !thorough {
						continue
					}
					e.softmaxCase(way, e.normal(shape[0]*shape[1]), shape[0], shape[1], e.round(scale))
				}
			}
			// Neither exp nor the sum may overflow; equal scores share; a NaN stays in its row.
			e.softmaxCase(way, []float64{e.round(1e30), -1e4, 0, 1e4, 1e4, 1e4, -1e4, -1e4, -1e4}, 3, 3, 1)
			e.softmaxCase(way, []float64{1, math.NaN(), 2, 0, 0, 0, 0, math.Inf(-1), 0}, 3, 3, 1)
		}
	}
}

func (e *env) softmaxCase(way way[func(b compute.Backend, p, s, scale, column compute.Tensor)], scores []float64, rows, cols int, scale float64) {
	e.Helper()
	var want []float64
	for i := range rows {
		row := make([]float64, cols)
		for j := range row {
			row[j] = e.round(scale * scores[i*cols+j])
		}
		want = append(want, softmax(row)...)
	}
	for _, inPlace := range []bool{false, true} {
		s, p := e.put(scores, rows, cols), e.out(rows, cols)
		if inPlace {
			p = s
		}
		way.do(e.b, p.Tensor, s.Tensor, e.scalar(scale).Tensor, e.out(rows, 1).Tensor)
		what := fmt.Sprintf("%s of (%d × %d) at offset %d, scale %v, in place %v", way.name, rows, cols, e.before, scale, inPlace)
		// The difference to the row's maximum is rounded once before exp, which turns its absolute
		// error into a relative one: small weights come from large differences.
		e.near(what, p.get(), want, func(i int) float64 {
			distance := 1 + math.Abs(math.Log(math.Max(want[i], 1e-300)))
			return (16+sumTolerance+2*distance)*e.unit()*want[i] + 8*e.tiny()
		})
		if !inPlace {
			e.same(what+": scores afterwards", s.get(), scores)
		}
	}
}

func checkRowSoftmaxBackward(e *env) {
	for _, way := range []way[func(b compute.Backend, ds, dp, p, column compute.Tensor)]{
		{"RowSoftmaxBackward", compute.RowSoftmaxBackward}, {"RowSoftmaxBackwardComposed", compute.RowSoftmaxBackwardComposed},
	} {
		for _, e := range e.offsets() {
			for _, shape := range e.upTo(large, softmaxShapes) {
				rows, cols := shape[0], shape[1]
				grad := e.normal(rows * cols)
				var weights, want, size []float64
				for i := range rows {
					row, g := softmax(e.normal(cols)), grad[i*cols:(i+1)*cols]
					var mean, bound float64
					for j := range row {
						row[j] = e.round(row[j])
						mean += row[j] * g[j]
						bound += row[j] * math.Abs(g[j])
					}
					for j := range row {
						want = append(want, row[j]*(g[j]-mean))
						size = append(size, row[j]*(math.Abs(g[j])+bound))
					}
					weights = append(weights, row...)
				}
				ds, dp, p := e.out(rows, cols), e.put(grad, rows, cols), e.put(weights, rows, cols)
				way.do(e.b, ds.Tensor, dp.Tensor, p.Tensor, e.out(rows, 1).Tensor)
				what := fmt.Sprintf("%s of (%d × %d) at offset %d", way.name, rows, cols, e.before)
				e.near(what, ds.get(), want, func(i int) float64 { return (8+sumTolerance)*e.unit()*size[i] + e.tiny() })
				e.same(what+": dp afterwards", dp.get(), grad)
				e.same(what+": p afterwards", p.get(), weights)
			}
		}
	}
}

func checkSoftmaxPanics(e *env) {
	b, x, wide, one, column := e.b, e.zeros(2, 3), e.zeros(2, 4), e.zeros(1), e.zeros(2, 1)
	e.mustPanic([]misuse{
		{"", []string{"[2 3]", "[2 4]"}, func() { compute.RowSoftmax(b, x, wide, one, column) }},
		{"", []string{"[2 3]", "[2 4]"}, func() { compute.RowSoftmaxBackward(b, x, wide, x, column) }},
	})
}
