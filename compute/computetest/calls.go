package computetest

import (
	"fmt"
	"math/rand/v2"

	"noise2sparse/compute"
)

// call is one operation with its operands, ready to be run again and again.
type call struct {
	name string
	run  func()
	outs []operand // everything it writes
}

// calls prepares every operation of a step on tensors of (rows × cols). Called again on a backend
// of the same Float, it prepares the same numbers.
func (e *env) calls(rows, cols, hidden int) []call {
	fresh := *e
	fresh.rng = rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
	e = &fresh
	var all []call
	for _, family := range []func(rows, cols, hidden int) []call{
		e.elementwiseCalls, e.memoryCalls, e.matmulCalls, e.reduceCalls, e.selectCalls, e.randomCalls, e.fusedCalls, e.linearCalls, e.updateCalls, e.powerCalls, e.stepperCalls, e.endBackwardCalls, e.passCalls, e.rowNormCalls, e.convolveCalls, e.convolutionCalls,
	} {
		all = append(all, family(rows, cols, hidden)...)
	}
	return all
}

// matrix is an operand (rows × cols) of normal numbers.
func (e *env) matrix(rows, cols int) operand { return e.put(e.normal(rows*cols), rows, cols) }

// sums is a Float64 vector of zeros, for results that are added to.
func (e *env) sums(n int) operand { return e.putAs(compute.Float64, make([]float64, n), n) }

func (e *env) elementwiseCalls(rows, cols, _ int) []call {
	b := e.b
	var all []call
	for _, u := range unaryOps {
		x, y := e.matrix(rows, cols), e.out(rows, cols)
		all = append(all, call{"Unary " + u.name, func() { b.Unary(u.op, y.Tensor, x.Tensor) }, []operand{y}})
	}
	for _, u := range transcendentals {
		x, y := e.matrix(rows, cols), e.out(rows, cols)
		all = append(all, call{"Unary " + u.name, func() { b.Unary(u.op, y.Tensor, x.Tensor) }, []operand{y}})
	}
	x, same, row, column, scalar := e.matrix(rows, cols), e.matrix(rows, cols), e.put(e.normal(cols), cols), e.matrix(rows, 1), e.scalar(0.3)
	for _, o := range binaryOps {
		for _, y := range []operand{same, row, column, scalar} {
			z := e.out(rows, cols)
			name := fmt.Sprintf("Binary %s by %v", o.name, y.Tensor)
			all = append(all, call{name, func() { b.Binary(o.op, z.Tensor, x.Tensor, y.Tensor) }, []operand{z}})
		}
	}
	y := e.matrix(rows, cols)
	counter, first, step := e.counter(3), e.counter(-1), e.counter(9)
	src, images := e.matrix(5, cols), e.b.Alloc(compute.Uint8, 5, cols)
	dst, pixels := e.out(rows, cols), e.out(rows, cols)
	at := e.ints(e.randomLabels(rows, 5))
	return append(all,
		call{"Axpby", func() { b.Axpby(0.1, x.Tensor, 0.9, y.Tensor) }, []operand{y}},
		call{"Advance", func() { b.Advance(counter.Tensor, 1) }, []operand{counter}},
		call{"NoteNonFinite", func() { b.NoteNonFinite(first.Tensor, x.Tensor, step.Tensor) }, []operand{first}},
		call{"Gather", func() { b.Gather(dst.Tensor, src.Tensor, at.Tensor) }, []operand{dst}},
		call{"Gather Uint8", func() { b.Gather(pixels.Tensor, images, at.Tensor) }, []operand{pixels}},
	)
}

func (e *env) memoryCalls(rows, cols, _ int) []call {
	b := e.b
	x, y, wide, filled := e.matrix(rows, cols), e.out(rows, cols), e.alloc(e.otherFloat(), rows, cols), e.out(rows, cols)
	uploaded, data := e.out(rows, cols), encode(e.dt, e.normal(rows*cols))
	back := make([]byte, len(data))
	return []call{
		{"Copy", func() { b.Copy(y.Tensor, x.Tensor) }, []operand{y}},
		{"Copy converting", func() { b.Copy(wide.Tensor, x.Tensor) }, []operand{wide}},
		{"Fill", func() { b.Fill(filled.Tensor, 0.3) }, []operand{filled}},
		{"Upload", func() { b.Upload(uploaded.Tensor, data) }, []operand{uploaded}},
		{"Download", func() { b.Download(back, x.Tensor) }, []operand{x}},
	}
}

func (e *env) matmulCalls(rows, cols, hidden int) []call {
	b := e.b
	x, w, u := e.matrix(rows, cols), e.matrix(hidden, cols), e.matrix(rows, hidden)
	forward, backward, weight := e.out(rows, hidden), e.out(rows, cols), e.matrix(hidden, cols)
	return []call{
		{"Matmul x wᵀ", func() { b.Matmul(forward.Tensor, x.Tensor, w.Tensor, false, true, 1, 0) }, []operand{forward}},
		{"Matmul u w", func() { b.Matmul(backward.Tensor, u.Tensor, w.Tensor, false, false, 0.5, 0) }, []operand{backward}},
		{"Matmul uᵀ x", func() { b.Matmul(weight.Tensor, u.Tensor, x.Tensor, true, false, 1, 1) }, []operand{weight}},
	}
}

func (e *env) reduceCalls(rows, cols, _ int) []call {
	b, x := e.b, e.matrix(rows, cols)
	var all []call
	for _, r := range reduceOps {
		columns, wide, one, perRow := e.out(cols), e.sums(cols), e.sums(1), e.out(rows)
		all = append(all,
			call{"Reduce " + r.name + " columns", func() { b.Reduce(r.op, columns.Tensor, x.Tensor, compute.Columns, false) }, []operand{columns}},
			call{"Reduce " + r.name + " columns to Float64", func() { b.Reduce(r.op, wide.Tensor, x.Tensor, compute.Columns, true) }, []operand{wide}},
			call{"Reduce " + r.name + " all", func() { b.Reduce(r.op, one.Tensor, x.Tensor, compute.All, true) }, []operand{one}},
			call{"Reduce " + r.name + " rows", func() { b.Reduce(r.op, perRow.Tensor, x.Tensor, compute.Rows, false) }, []operand{perRow}})
	}
	for axis, n := range []int{compute.All: 1, compute.Columns: cols, compute.Rows: rows} {
		dst := e.out(n)
		all = append(all, call{"Reduce Largest", func() { b.Reduce(compute.Largest, dst.Tensor, x.Tensor, compute.Axis(axis), false) }, []operand{dst}})
	}
	return all
}

func (e *env) randomCalls(rows, cols, _ int) []call {
	b, x, step, amount := e.b, e.matrix(rows, cols), e.counter(1<<33+5), e.scalar(0.8)
	var all []call
	for _, k := range kinds {
		dst := e.out(rows, cols)
		n := compute.Noise{Kind: k.kind, Amount: amount.Tensor, Seed: 5, Purpose: compute.PurposeTraining}
		all = append(all, call{"AddNoise " + k.name, func() { b.AddNoise(dst.Tensor, x.Tensor, n, step.Tensor) }, []operand{dst}})
	}
	u, index, batch := e.out(rows, cols), e.alloc(compute.Int32, rows), e.counter(1)
	mask := e.out(rows, cols)
	return append(all,
		call{"KeepMask", func() { b.KeepMask(mask.Tensor, 0.3, 5, compute.PurposeDropout, step.Tensor) }, []operand{mask}},
		call{"Uniform", func() { b.Uniform(u.Tensor, -1, 1, 5, compute.PurposeInit) }, []operand{u}},
		call{"Shuffle", func() { b.Shuffle(index.Tensor, 3*rows, 5, step.Tensor, batch.Tensor, rows) }, []operand{index}})
}

func (e *env) fusedCalls(rows, cols, _ int) []call {
	b := e.b
	y, bias, fired, total := e.matrix(rows, cols), e.put(e.normal(cols), cols), e.sums(cols), e.sums(cols)
	dpre, dbias, dpost, post := e.out(rows, cols), e.out(cols), e.matrix(rows, cols), e.matrix(rows, cols)
	square, grad, target := e.sums(1), e.out(rows, cols), e.matrix(rows, cols)
	active, all, threshold, scratch := e.sums(cols), e.sums(cols), e.scalar(0.3), e.out(rows, cols)
	return []call{
		{"CountActive", func() {
			compute.CountActive(b, active.Tensor, all.Tensor, target.Tensor, threshold.Tensor, scratch.Tensor)
		}, []operand{active, all}},
		{"BiasReLU", func() { compute.BiasReLU(b, y.Tensor, bias.Tensor, fired.Tensor, total.Tensor) }, []operand{y, fired, total}},
		{"ReLUBackward", func() { compute.ReLUBackward(b, dpre.Tensor, dbias.Tensor, dpost.Tensor, post.Tensor) }, []operand{dpre, dbias}},
		{"MSE", func() { compute.MSE(b, square.Tensor, grad.Tensor, post.Tensor, target.Tensor, 0.01) }, []operand{square, grad}},
	}
}

func (e *env) updateCalls(rows, cols, _ int) []call {
	b := e.b
	total, correct, grad := e.sums(1), e.sums(1), e.out(rows, cols)
	logits, labels := e.matrix(rows, cols), e.ints(e.randomLabels(rows, cols))
	scale, norm, squares := e.out(1), e.sums(1), e.putAs(compute.Float64, []float64{1, 2, 3}, 3)
	return []call{
		{"CrossEntropy", func() {
			b.CrossEntropy(total.Tensor, correct.Tensor, grad.Tensor, logits.Tensor, labels.Tensor, 0.01)
		}, []operand{total, correct, grad}},
		{"ClipScale", func() { b.ClipScale(scale.Tensor, norm.Tensor, squares.Tensor, 1) }, []operand{scale, norm}},
	}
}

func (e *env) powerCalls(rows, cols, _ int) []call {
	n := min(rows, cols, 64) // a decomposition takes n³
	a, root := e.put(e.positive(n), n, n), e.out(n, n)
	return []call{
		{"SymmetricPower", func() { e.b.SymmetricPower(root.Tensor, a.Tensor, -0.5, 1e-4) }, []operand{root}},
	}
}
