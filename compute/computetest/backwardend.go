package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

type endBackward = func(b compute.Backend, e *compute.BackwardEnd)

// checkEndBackward: parts of many lengths, with gaps between them that must not count; several steps, of
// which some are not finite.
func checkEndBackward(e *env) {
	many := make([]int, 41)
	for i := range many {
		many[i] = 1 + 37*i%101
	}
	for _, way := range []way[endBackward]{{"EndBackward", compute.EndBackward}, {"EndBackwardComposed", compute.EndBackwardComposed}} {
		for _, e := range e.offsets() {
			for _, lengths := range [][]int{{1}, {5}, {17, 3, 1000}, {4097, 1, 64, 9000, 33}, {20001}, many} {
				for _, limit := range []float64{0, 0.5, 1e6} {
					e.newBackwardEndCase(lengths, limit).steps(way, []float64{0, 0, 0})
				}
			}
			e.newBackwardEndCase([]int{3, 70, 2}, 1).steps(way, []float64{0, math.NaN(), 0, math.Inf(-1)})
		}
	}
}

// backwardEndCase is operands of EndBackward, each part of the gradients 3 elements behind the one before,
// and what is expected of the sums so far.
type backwardEndCase struct {
	*env
	lengths []int
	whole   operand
	end     compute.BackwardEnd

	scale, squares, root, norms, step, epoch, bad, at, batch operand

	epochs, totals []float64 // of epoch and norms
}

func (e *env) newBackwardEndCase(lengths []int, limit float64) *backwardEndCase {
	total := 0
	for _, n := range lengths {
		total += n + 3
	}
	c := &backwardEndCase{
		env: e, lengths: lengths, whole: e.out(total), epochs: make([]float64, 3), totals: make([]float64, len(lengths)),
		scale: e.out(1), squares: e.alloc(compute.Float64, len(lengths)), root: e.alloc(compute.Float64, len(lengths)),
		norms: e.sums(len(lengths)), step: e.sums(3), epoch: e.sums(3), bad: e.counter(-1), at: e.counter(1 << 40), batch: e.counter(7),
	}
	var parts []compute.Tensor
	at := 0
	for _, n := range lengths {
		parts = append(parts, c.whole.Slice(at, at+n))
		at += n + 3
	}
	c.end = compute.BackwardEnd{
		Grads: compute.NewSegments(e.b, c.whole.Tensor, parts), Limit: limit, Scale: c.scale.Tensor, Norm: c.step.At(2),
		Squares: c.squares.Tensor, Root: c.root.Tensor, Norms: c.norms.Tensor, Step: c.step.Tensor, Epoch: c.epoch.Tensor,
		Bad: c.bad.Tensor, Position: c.at.Tensor, Counters: [2]compute.Tensor{c.at.Tensor, c.batch.Tensor},
	}
	return c
}

// steps does a step for each of special, which is put into the second part of the gradients, if any, where
// it is not 0.
func (c *backwardEndCase) steps(way way[endBackward], special []float64) {
	c.Helper()
	bad := -1.0
	for t, v := range special {
		values, squares := c.gradients(v)
		c.whole.set(values)
		length := math.Sqrt(sum(squares))
		c.step.set([]float64{1.5, float64(t), 0.1}) // the norm is not there yet
		way.do(c.b, &c.end)

		what := fmt.Sprintf("%s of parts of %v at offset %d, limit %v, step %d", way.name, c.lengths, c.before, c.end.Limit, t)
		c.near(what+": squares", c.squares.get(), squares, func(i int) float64 { return sumTolerance * c.unit() * squares[i] })
		step := c.step.get()
		c.near(what+": step", step, []float64{1.5, float64(t), length}, within(sumTolerance*c.unit()*length))
		c.same(what+": gradients afterwards", c.whole.get(), values)
		factor := 1.0
		if limit := c.end.Limit; limit > 0 && !(limit/(length+1e-6) > 1) {
			factor = limit / (length + 1e-6)
		}
		c.near(what+": scale", c.scale.get(), []float64{factor}, within(2*sumTolerance*c.unit()*factor))

		// From here on exactly, from what the backend had.
		root := c.squares.get()
		for i := range root {
			root[i] = math.Sqrt(root[i])
			c.totals[i] += root[i]
		}
		for i, v := range step {
			c.epochs[i] += v
		}
		if bad < 0 && (math.IsNaN(step[2]) || math.IsInf(step[2], 0)) {
			bad = 1<<40 + float64(t)
		}
		c.same(what+": root", c.root.get(), root)
		c.same(what+": norms", c.norms.get(), c.totals)
		c.same(what+": epoch", c.epoch.get(), c.epochs)
		c.same(what+": first step that is not finite", c.bad.get(), []float64{bad})
		c.same(what+": counters", append(c.at.get(), c.batch.get()...), []float64{1<<40 + 1 + float64(t), 8 + float64(t)})
	}
}

// gradients are numbers for all parts, large ones in the gaps, and each part's Σ g².
func (c *backwardEndCase) gradients(special float64) (values, squares []float64) {
	values = make([]float64, c.whole.Len())
	for i := range values {
		values[i] = 1e6
	}
	at := 0
	for i, n := range c.lengths {
		v := c.normal(n)
		if i == 1 && special != 0 {
			v[n/2] = special
		}
		copy(values[at:], v)
		square, _ := columnSums(v, n, 1, func(x float64) float64 { return x * x })
		squares = append(squares, square[0])
		at += n + 3
	}
	return values, squares
}

// endBackwardCalls are this operation for the checks of whole steps.
func (e *env) endBackwardCalls(rows, cols, _ int) []call {
	c := e.newBackwardEndCase([]int{(rows*cols + 1) / 2, rows * cols / 2}, 1)
	values, _ := c.gradients(0)
	c.whole.set(values)
	outs := []operand{c.scale, c.squares, c.root, c.norms, c.step, c.epoch, c.bad, c.at, c.batch}
	return []call{{"EndBackward", func() { compute.EndBackward(e.b, &c.end) }, outs}}
}
