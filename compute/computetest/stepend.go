package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// checkGradientNorm: parts of many lengths, with gaps between them that must not count.
func checkGradientNorm(e *env) {
	for _, way := range []way[func(b compute.Backend, scale, norm, squares compute.Tensor, grads compute.Segments, limit float64)]{
		{"GradientNorm", compute.GradientNorm}, {"GradientNormComposed", compute.GradientNormComposed},
	} {
		for _, e := range e.offsets() {
			for _, lengths := range [][]int{{1}, {5}, {17, 3, 1000}, {4097, 1, 64, 9000, 33}, {20001}} {
				for _, limit := range []float64{0, 0.5, 1e6} {
					e.gradientNormCase(way, lengths, limit, 0)
				}
			}
			e.gradientNormCase(way, []int{3, 70, 2}, 1, math.NaN())
		}
	}
}

// gradientNormCase puts each part 3 elements behind the one before, and special into the second one.
func (e *env) gradientNormCase(way way[func(b compute.Backend, scale, norm, squares compute.Tensor, grads compute.Segments, limit float64)],
	lengths []int, limit, special float64,
) {
	e.Helper()
	total := 0
	for _, n := range lengths {
		total += n + 3
	}
	values := make([]float64, total)
	for i := range values {
		values[i] = 1e6 // in the gaps
	}
	whole := e.out(total)
	var parts []compute.Tensor
	var want []float64
	at := 0
	for i, n := range lengths {
		v := e.normal(n)
		if i == 1 && special != 0 {
			v[n/2] = special
		}
		copy(values[at:], v)
		parts = append(parts, whole.Slice(at, at+n))
		squares, _ := columnSums(v, n, 1, func(x float64) float64 { return x * x })
		want = append(want, squares[0])
		at += n + 3
	}
	whole.set(values)
	scale, norm, squares := e.out(1), e.alloc(compute.Float64, 1), e.alloc(compute.Float64, len(lengths))
	way.do(e.b, scale.Tensor, norm.Tensor, squares.Tensor, compute.NewSegments(e.b, whole.Tensor, parts), limit)
	length := math.Sqrt(sum(want))
	factor := 1.0
	if limit > 0 && !(limit/(length+1e-6) > 1) {
		factor = limit / (length + 1e-6)
	}
	what := fmt.Sprintf("%s of parts of %v at offset %d, limit %v", way.name, lengths, e.before, limit)
	e.near(what+": squares", squares.get(), want, func(i int) float64 { return sumTolerance * e.unit() * want[i] })
	e.near(what+": norm", norm.get(), []float64{length}, within(sumTolerance*e.unit()*length))
	e.near(what+": scale", scale.get(), []float64{factor}, within(2*sumTolerance*e.unit()*factor))
	e.same(what+": gradients afterwards", whole.get(), values)
}

// checkEndStep: three steps, of which the second is not finite.
func checkEndStep(e *env) {
	for _, way := range []way[func(b compute.Backend, s compute.StepEnd)]{{"EndStep", compute.EndStep}, {"EndStepComposed", compute.EndStepComposed}} {
		for _, bad := range []float64{math.NaN(), math.Inf(-1)} {
			e.endStepCase(way, bad)
		}
	}
}

func (e *env) endStepCase(way way[func(b compute.Backend, s compute.StepEnd)], bad float64) {
	e.Helper()
	const parts = 37
	epoch, step := e.sums(3), e.sums(3)
	norms, squares, root := e.sums(parts), e.sums(parts), e.alloc(compute.Float64, parts)
	first, at, batch := e.counter(-1), e.counter(1<<40), e.counter(7)
	s := compute.StepEnd{
		Epoch: epoch.Tensor, Step: step.Tensor, Norms: norms.Tensor, Squares: squares.Tensor, Root: root.Tensor,
		Bad: first.Tensor, Position: at.Tensor, Counters: [2]compute.Tensor{at.Tensor, batch.Tensor},
	}
	wantEpoch, wantNorms, wantRoot := make([]float64, 3), make([]float64, parts), make([]float64, parts)
	for i := range 4 {
		numbers, sq := []float64{1.5, float64(i), 0.1}, make([]float64, parts)
		if i == 1 || i == 3 {
			numbers[i-1] = bad
		}
		for p := range sq {
			sq[p] = float64(i+1) * float64(p) / 3
			wantRoot[p] = math.Sqrt(sq[p])
			wantNorms[p] += wantRoot[p]
		}
		for j, v := range numbers {
			wantEpoch[j] += v
		}
		step.set(numbers)
		squares.set(sq)
		way.do(e.b, s)
	}
	e.same(way.name+": epoch", epoch.get(), wantEpoch)
	e.same(way.name+": root", root.get(), wantRoot)
	e.same(way.name+": norms", norms.get(), wantNorms)
	e.same(way.name+": first step that is not finite", first.get(), []float64{1<<40 + 1})
	e.same(way.name+": step", at.get(), []float64{1<<40 + 4})
	e.same(way.name+": batch", batch.get(), []float64{11})
}

// stepEndCalls are these operations for the checks of whole steps.
func (e *env) stepEndCalls(rows, cols, _ int) []call {
	b := e.b
	whole := e.matrix(rows, cols).Flat()
	grads := compute.NewSegments(b, whole, []compute.Tensor{whole.Slice(0, (whole.Len()+1)/2), whole.Slice((whole.Len()+1)/2, whole.Len())})
	scale, norm, squares := e.out(1), e.sums(1), e.sums(2)
	epoch, norms, root, first, at, batch := e.sums(1), e.sums(2), e.sums(2), e.counter(-1), e.counter(4), e.counter(5)
	s := compute.StepEnd{
		Epoch: epoch.Tensor, Step: norm.Tensor, Norms: norms.Tensor, Squares: squares.Tensor, Root: root.Tensor,
		Bad: first.Tensor, Position: at.Tensor, Counters: [2]compute.Tensor{at.Tensor, batch.Tensor},
	}
	return []call{
		{"GradientNorm", func() { compute.GradientNorm(b, scale.Tensor, norm.Tensor, squares.Tensor, grads, 1) }, []operand{scale, norm, squares}},
		{"EndStep", func() { compute.EndStep(b, s) }, []operand{epoch, norms, root, first, at, batch}},
	}
}
