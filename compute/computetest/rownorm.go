package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// checkNormalizeRows: rows of all lengths, among them one of zeros and one with a NaN.
func checkNormalizeRows(e *env) {
	for _, way := range []way[func(b compute.Backend, y, norm, inverse, x compute.Tensor)]{
		{"NormalizeRows", compute.NormalizeRows}, {"NormalizeRowsComposed", compute.NormalizeRowsComposed},
	} {
		for _, e := range e.offsets() {
			for _, s := range e.upTo(large, append(shapes, teamRows, [2]int{5, 2000})) {
				values := e.normal(s[0] * s[1])
				if s[0] == 7 {
					clear(values[:s[1]])
					values[s[1]+3] = math.NaN()
				}
				e.normalizeRowsCase(way, values, s[0], s[1])
			}
		}
	}
}

func (e *env) normalizeRowsCase(way way[func(b compute.Backend, y, norm, inverse, x compute.Tensor)], values []float64, rows, cols int) {
	e.Helper()
	norms, inverses, want := make([]float64, rows), make([]float64, rows), make([]float64, len(values))
	for i := range rows {
		squares, _ := columnSums(values[i*cols:(i+1)*cols], cols, 1, func(x float64) float64 { return x * x })
		norms[i] = math.Sqrt(squares[0])
		if norms[i] > 0 {
			inverses[i] = 1 / norms[i]
		}
		for j, v := range values[i*cols : (i+1)*cols] {
			want[i*cols+j] = v * inverses[i]
		}
	}
	close := func(want []float64) func(int) float64 {
		return func(i int) float64 { return sumTolerance * e.unit() * math.Abs(want[i]) }
	}
	for _, inPlace := range []bool{false, true} {
		x, y, norm, inverse := e.put(values, rows, cols), e.out(rows, cols), e.out(rows, 1), e.out(rows, 1)
		if inPlace {
			y = x
		}
		way.do(e.b, y.Tensor, norm.Tensor, inverse.Tensor, x.Tensor)
		what := fmt.Sprintf("%s of (%d × %d) at offset %d, in place %v", way.name, rows, cols, e.before, inPlace)
		e.near(what+": y", y.get(), want, close(want))
		e.near(what+": norm", norm.get(), norms, close(norms))
		e.near(what+": inverse", inverse.get(), inverses, close(inverses))
	}
}

func checkNormalizeRowsBackward(e *env) {
	for _, way := range []way[func(b compute.Backend, dx, dy, y, inverse, product, dots compute.Tensor)]{
		{"NormalizeRowsBackward", compute.NormalizeRowsBackward}, {"NormalizeRowsBackwardComposed", compute.NormalizeRowsBackwardComposed},
	} {
		for _, e := range e.offsets() {
			for _, s := range e.upTo(large, append(shapes, teamRows, [2]int{5, 2000})) {
				rows, cols := s[0], s[1]
				grad, out, inverses := e.normal(rows*cols), e.normal(rows*cols), e.normal(rows)
				want, size := make([]float64, rows*cols), make([]float64, rows*cols)
				for i := range rows {
					var dot, bound float64
					for j := i * cols; j < (i+1)*cols; j++ {
						out[j] = e.round(out[j] / math.Sqrt(float64(cols)))
						dot += out[j] * grad[j]
						bound += math.Abs(out[j] * grad[j])
					}
					for j := i * cols; j < (i+1)*cols; j++ {
						want[j] = (grad[j] - out[j]*dot) * inverses[i]
						size[j] = (math.Abs(grad[j]) + math.Abs(out[j])*bound) * math.Abs(inverses[i])
					}
				}
				for _, inPlace := range []bool{false, true} {
					dy, y, inverse, dx := e.put(grad, rows, cols), e.put(out, rows, cols), e.put(inverses, rows, 1), e.out(rows, cols)
					if inPlace {
						dx = dy
					}
					way.do(e.b, dx.Tensor, dy.Tensor, y.Tensor, inverse.Tensor, e.out(rows, cols).Tensor, e.out(rows, 1).Tensor)
					what := fmt.Sprintf("%s of (%d × %d) at offset %d, in place %v", way.name, rows, cols, e.before, inPlace)
					e.near(what, dx.get(), want, func(i int) float64 { return sumTolerance * e.unit() * size[i] })
					e.same(what+": y afterwards", y.get(), out)
				}
			}
		}
	}
}

// rowNormCalls are these operations for the checks of whole steps.
func (e *env) rowNormCalls(rows, cols, _ int) []call {
	b := e.b
	x, y, norm, inverse := e.matrix(rows, cols), e.out(rows, cols), e.out(rows, 1), e.out(rows, 1)
	dx, product, dots, unit, scale := e.out(rows, cols), e.out(rows, cols), e.out(rows, 1), e.matrix(rows, cols), e.matrix(rows, 1)
	return []call{
		{"NormalizeRows", func() { compute.NormalizeRows(b, y.Tensor, norm.Tensor, inverse.Tensor, x.Tensor) }, []operand{y, norm, inverse}},
		{"NormalizeRowsBackward", func() {
			compute.NormalizeRowsBackward(b, dx.Tensor, x.Tensor, unit.Tensor, scale.Tensor, product.Tensor, dots.Tensor)
		}, []operand{dx}},
	}
}
