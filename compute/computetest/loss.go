package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

var lossChecks = []check{
	{"CrossEntropy", checkCrossEntropy},
	{"ExtremeLogits", checkExtremeLogits},
	{"Ties", checkTies},
	{"NonFinite", checkLossNonFinite},
	{"Panics", checkLossPanics},
	{"WideRows", checkWideRows},
}

// crossEntropy is the definition in float64. scales[i] bounds the rounding of row i's loss.
func crossEntropy(logits []float64, labels []int, scale float64) (losses, scales, grad []float64, correct float64) {
	c := len(logits) / len(labels)
	for i, label := range labels {
		row := logits[i*c : (i+1)*c]
		best := 0
		for j, z := range row {
			if z > row[best] {
				best = j
			}
		}
		var terms []float64
		for _, z := range row {
			terms = append(terms, math.Exp(z-row[best]))
		}
		total := sum(terms)
		correct += indicator(best == label)
		losses = append(losses, math.Log(total)+(row[best]-row[label]))
		scales = append(scales, 1+math.Log(total)+math.Abs(row[best]-row[label]))
		for j, t := range terms {
			grad = append(grad, scale*(t/total-indicator(j == label)))
		}
	}
	return losses, scales, grad, correct
}

func (e *env) lossCase(what string, logits []float64, labels []int, scale float64) {
	e.Helper()
	b, c := len(labels), len(logits)/len(labels)
	losses, scales, want, hits := crossEntropy(logits, labels, scale)
	z, y, grad := e.put(logits, b, c), e.ints(labels), e.out(b, c)
	total, correct := e.alloc(compute.Float64, 1), e.alloc(compute.Float64, 1)
	tolerance := (8 + math.Sqrt(float64(b)) + float64(c)/16) * e.unit() * sum(scales)
	what = fmt.Sprintf("CrossEntropy of %s (%d × %d) at offset %d", what, b, c, e.before)
	for _, train := range []bool{true, false} {
		total.set([]float64{math.NaN()})
		correct.set([]float64{math.NaN()})
		if train {
			e.b.CrossEntropy(total.Tensor, correct.Tensor, grad.Tensor, z.Tensor, y.Tensor, scale)
			e.near(what+": grad", grad.get(), want, within(12*e.unit()*math.Abs(scale)))
		} else {
			e.b.CrossEntropy(total.Tensor, correct.Tensor, compute.Tensor{}, z.Tensor, y.Tensor, scale)
		}
		e.near(what+": total", total.get(), []float64{sum(losses)}, within(tolerance))
		e.equal(what+": correct", correct.get(), []float64{hits})
	}
	e.same(what+": logits afterwards", z.get(), logits)
}

func (e *env) randomLabels(b, c int) []int {
	labels := make([]int, b)
	for i := range labels {
		labels[i] = e.rng.IntN(c)
	}
	return labels
}

func checkCrossEntropy(e *env) {
	for _, e := range e.offsets() {
		for _, s := range e.upTo(large, append(shapes, [2]int{64, 10}, [2]int{1025, 10}, [2]int{3, 100})) {
			for _, scale := range []float64{1, 1 / float64(s[0])} {
				logits := e.normal(s[0] * s[1])
				for i := range logits {
					logits[i] = e.round(4 * logits[i])
				}
				e.lossCase("normal logits", logits, e.randomLabels(s[0], s[1]), scale)
			}
		}
	}
}

// checkWideRows: see teamRows.
func checkWideRows(e *env) {
	for _, e := range e.offsets() {
		e.lossCase("wide rows of logits", e.normal(teamRows[0]*teamRows[1]), e.randomLabels(teamRows[0], teamRows[1]), 0.25)
	}
}

// checkExtremeLogits: exp must neither overflow nor lose the loss to a log of 0.
func checkExtremeLogits(e *env) {
	for _, e := range e.offsets() {
		for _, size := range []float64{90, 1e4, 1e30} {
			for _, c := range []int{1, 2, 3, 10, 17} {
				b := 17
				logits := make([]float64, b*c)
				for i := range logits {
					logits[i] = e.round(size * float64(e.rng.IntN(3)-1))
				}
				e.lossCase(fmt.Sprintf("logits of ±%g", size), logits, e.randomLabels(b, c), 1)
			}
		}
		inf := math.Inf(-1)
		e.lossCase("logits of -Inf", []float64{0, inf, 1, inf, inf, 3}, []int{2, 2}, 1)
	}
}

// checkTies: of equal logits the first counts as the largest; 0 equals -0.
func checkTies(e *env) {
	zero := math.Copysign(0, -1)
	for _, e := range e.offsets() {
		for label := range 5 {
			e.lossCase("equal logits", []float64{2, 2, 2, 2, 2}, []int{label}, 1)
			e.lossCase("a tie in the middle", []float64{1, 3, 0, 3, 3}, []int{label}, 1)
			e.lossCase("zeros of both signs", []float64{-1, zero, 0, zero, 0}, []int{label}, 1)
		}
		wide := make([]float64, 1000)
		wide[17], wide[63], wide[999] = 1, 1, 1
		for _, label := range []int{17, 63, 999} {
			e.lossCase("a tie far apart", wide, []int{label}, 1)
		}
	}
}

// checkLossNonFinite: a NaN logit makes the total and its row's gradient NaN, no other row's.
func checkLossNonFinite(e *env) {
	for _, at := range []int{0, 3, 6} {
		logits := e.normal(3 * 7)
		logits[7+at] = math.NaN()
		total, correct, grad := e.alloc(compute.Float64, 1), e.alloc(compute.Float64, 1), e.out(3, 7)
		labels := []int{1, 2, 3}
		e.b.CrossEntropy(total.Tensor, correct.Tensor, grad.Tensor, e.put(logits, 3, 7).Tensor, e.ints(labels).Tensor, 1)
		if v := total.get()[0]; !math.IsNaN(v) {
			e.fail("CrossEntropy with a NaN at %d of 7 logits: total is %v, want NaN", at, v)
		}
		_, _, want, _ := crossEntropy(logits, labels, 1)
		for j := range 7 {
			want[7+j] = math.NaN()
		}
		e.near("CrossEntropy with a NaN: grad", grad.get(), want, within(12*e.unit()))
	}
}

func checkLossPanics(e *env) {
	b, z, labels := e.b, e.zeros(2, 3), e.b.Alloc(compute.Int32, 2)
	total := b.Alloc(compute.Float64, 1)
	e.mustPanic([]misuse{
		{"CrossEntropy", []string{"[2 3]", "[3]"}, func() { b.CrossEntropy(total, total, z, z, b.Alloc(compute.Int32, 3), 1) }},
		{"CrossEntropy", []string{"[2 3]", "[2 4]"}, func() { b.CrossEntropy(total, total, e.zeros(2, 4), z, labels, 1) }},
		{"CrossEntropy", []string{"int64"}, func() { b.CrossEntropy(total, total, z, z, b.Alloc(compute.Int64, 2), 1) }},
		{"CrossEntropy", []string{"[2 3]"}, func() { b.CrossEntropy(z, total, z, z, labels, 1) }},
	})
}
