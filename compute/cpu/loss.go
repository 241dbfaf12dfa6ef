package cpu

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
)

func (b *backend) CrossEntropy(total, correct, grad, logits, labels compute.Tensor, scale float64) {
	dt := mustFloats("CrossEntropy", grad, logits)
	must(labels.DType() == compute.Int32 && labels.Len() == logits.Rows() && (!grad.Valid() || grad.SameShape(logits)) &&
		total.DType() == compute.Float64 && total.Len() == 1 && correct.DType() == compute.Float64 && correct.Len() == 1,
		"CrossEntropy", "float64 sums, int32 labels for each row of the logits, and a gradient of their shape", total, correct, grad, logits, labels)
	t := &b.task
	t.a, t.in[0], t.in[1], t.in[2] = scale, pointer(grad), pointer(logits), pointer(labels)
	t.run = by(dt, crossEntropyChunk[float32], crossEntropyChunk[float64])
	t.partials = &b.partials
	chunks := t.byRows(logits.Rows(), logits.Cols())
	b.pool.run(t, chunks)
	addScalar(total, b.sumPartials(0, chunks), false)
	addScalar(correct, b.sumPartials(1, chunks), false)
}

func crossEntropyChunk[T float](t *task, c int) {
	lo, hi := t.span(c)
	loss, hits := kernel.CrossEntropy(operand[T](t, 0, lo*t.cols, hi*t.cols), operand[T](t, 1, lo*t.cols, hi*t.cols),
		operand[int32](t, 2, lo, hi), hi-lo, t.cols, T(t.a))
	t.partials[c] = [2]float64{loss, float64(hits)}
}

func (b *backend) ClipScale(scale, norm, squares compute.Tensor, limit float64) {
	must(squares.DType() == compute.Float64 && norm.DType() == compute.Float64 && norm.Len() == 1 && scale.Len() == 1,
		"ClipScale", "float64 squares and norm, and one scale", scale, norm, squares)
	var s float64
	for _, v := range elems[float64](squares) {
		s += v
	}
	n := math.Sqrt(s)
	elems[float64](norm)[0] = n
	f := 1.0
	if limit > 0 {
		f = min(1, limit/(n+1e-6)) // NaN stays NaN
	}
	b.Fill(scale, f)
}
