package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

type outputMSE = func(b compute.Backend, total compute.Tensor, o compute.Output, target compute.Tensor, scale, share float64)

func checkOutputMSE(e *env) {
	for _, way := range []way[outputMSE]{{"OutputMSE", compute.OutputMSE}, {"OutputMSEComposed", compute.OutputMSEComposed}} {
		for _, e := range e.offsets() {
			for i, s := range e.upTo(large, fusedShapes) {
				e.outputMSECase(way, s[0], s[1], 3)
				e.outputMSECase(way, s[0], s[1], i%3)
			}
		}
	}
}

// output puts values (rows × cols) before a loss: with a bias and its gradient where bits 0 and 1 of
// options are set.
func (e *env) output(values []float64, rows, cols, options int) (o compute.Output, out, grad, dbias operand, finished []float64) {
	b := e.normal(cols)
	bias := e.put(b, cols)
	out, grad, dbias = e.put(values, rows, cols), e.out(rows, cols), e.out(cols)
	o = compute.Output{Out: out.Tensor, Grad: grad.Tensor}
	finished = append(finished, values...)
	if options&1 != 0 {
		o.Bias = bias.Tensor
		for i := range finished {
			finished[i] = e.round(finished[i] + b[i%cols])
		}
	}
	if options&2 != 0 {
		o.DBias = dbias.Tensor
	}
	return o, out, grad, dbias, finished
}

func (e *env) outputMSECase(way way[outputMSE], rows, cols, options int) {
	e.Helper()
	values, goal := e.normal(rows*cols), e.normal(rows*cols)
	if rows == 7 {
		values[5], values[70] = math.NaN(), math.Inf(1)
	}
	scale, share := 2/float64(rows*cols), 1/float64(cols)
	o, out, grad, dbias, want := e.output(values, rows, cols, options)
	total, target := e.alloc(compute.Float64, 1), e.put(goal, rows, cols)
	way.do(e.b, total.Tensor, o, target.Tensor, scale, share)

	residual, slope := make([]float64, len(want)), make([]float64, len(want))
	for i := range want {
		residual[i] = e.round(want[i] - goal[i])
		slope[i] = scale * residual[i]
	}
	square, _ := columnSums(residual, len(residual), 1, func(x float64) float64 { return x * x })
	sums, sizes := columnSums(slope, rows, cols, func(x float64) float64 { return x })
	what := fmt.Sprintf("%s of (%d × %d) at offset %d, bias %v, its gradient %v", way.name, rows, cols, e.before, options&1 != 0, options&2 != 0)
	e.same(what+": out", out.get(), want)
	e.near(what+": total", total.get(), []float64{share * square[0]}, within(sumTolerance*e.unit()*share*square[0]))
	e.near(what+": grad", grad.get(), slope, func(i int) float64 { return 3*e.unit()*math.Abs(slope[i]) + e.tiny() })
	e.same(what+": target afterwards", target.get(), goal)
	if options&2 != 0 {
		e.near(what+": dbias", dbias.get(), sums, func(j int) float64 { return sumTolerance*e.unit()*sizes[j] + float64(rows)*e.tiny() })
	}
}

type outputCrossEntropy = func(b compute.Backend, total, correct compute.Tensor, o compute.Output, labels, all, index compute.Tensor, scale float64)

func checkOutputCrossEntropy(e *env) {
	for _, way := range []way[outputCrossEntropy]{
		{"OutputCrossEntropy", compute.OutputCrossEntropy}, {"OutputCrossEntropyComposed", compute.OutputCrossEntropyComposed},
	} {
		for _, e := range e.offsets() {
			for i, s := range [][2]int{{1, 1}, {1, 10}, {3, 2}, {17, 10}, {65, 33}, {130, 100}, {5, 128}, {9, 300}} {
				e.outputCrossEntropyCase(way, s[0], s[1], 3)
				e.outputCrossEntropyCase(way, s[0], s[1], i%3)
			}
		}
	}
}

func (e *env) outputCrossEntropyCase(way way[outputCrossEntropy], rows, classes, options int) {
	e.Helper()
	const n = 37
	all, index := e.randomLabels(n, classes), e.someRows(rows, n)
	picked := make([]int, rows)
	for i, r := range index {
		picked[i] = all[r]
	}
	scale := 1 / float64(rows)
	o, out, grad, dbias, want := e.output(e.normal(rows*classes), rows, classes, options)
	total, correct, labels := e.alloc(compute.Float64, 1), e.alloc(compute.Float64, 1), e.alloc(compute.Int32, rows, 1)
	of := e.ints(all)
	way.do(e.b, total.Tensor, correct.Tensor, o, labels.Tensor, of.Reshape(n, 1), e.ints(index).Tensor, scale)

	losses, scales, slope, hits := crossEntropy(want, picked, scale)
	sums, sizes := columnSums(slope, rows, classes, func(x float64) float64 { return x })
	tolerance := (8 + math.Sqrt(float64(rows)) + float64(classes)/16) * e.unit() * sum(scales)
	what := fmt.Sprintf("%s of (%d × %d) at offset %d, bias %v, its gradient %v", way.name, rows, classes, e.before, options&1 != 0, options&2 != 0)
	e.same(what+": out", out.get(), want)
	e.near(what+": total", total.get(), []float64{sum(losses)}, within(tolerance))
	e.equal(what+": correct", correct.get(), []float64{hits})
	e.near(what+": grad", grad.get(), slope, within(12*e.unit()*scale))
	if options&2 != 0 {
		e.near(what+": dbias", dbias.get(), sums, func(j int) float64 { return e.unit() * (12*scale*float64(rows) + sumTolerance*sizes[j]) })
	}
}

func checkPassPanics(e *env) {
	b, x, wide := e.b, e.zeros(2, 3), e.zeros(2, 4)
	total, index, labels := b.Alloc(compute.Float64, 1), b.Alloc(compute.Int32, 2), b.Alloc(compute.Int32, 2, 1)
	e.mustPanic([]misuse{
		{"", []string{"[2 3]", "[2 4]"}, func() { compute.OutputMSE(b, total, compute.Output{Out: x, Grad: x}, wide, 1, 1) }},
		{"", []string{"[2 3]", "[2 4]"}, func() { compute.OutputMSE(b, total, compute.Output{Out: x, Grad: wide}, x, 1, 1) }},
		{"", []string{"[2 3]", "[2]"}, func() {
			compute.OutputMSE(b, total, compute.Output{Out: x, Grad: x, DBias: e.zeros(2)}, x, 1, 1)
		}},
		{"", []string{"[2 3]", "[2 4]"}, func() {
			compute.OutputCrossEntropy(b, total, total, compute.Output{Out: x, Grad: wide}, labels, labels, index, 1)
		}},
	})
}
