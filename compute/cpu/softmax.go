package cpu

import (
	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
)

func (b *backend) RowSoftmax(p, s, scale compute.Tensor) {
	dt := mustFloats("RowSoftmax", p, s, scale)
	must(p.SameShape(s) && scale.Len() == 1, "RowSoftmax", "weights of the scores' shape, and one scale", p, s, scale)
	t := &b.task
	t.run = by(dt, softmaxChunk[float32], softmaxChunk[float64])
	t.in[0], t.in[1], t.in[2] = pointer(p), pointer(s), pointer(scale)
	b.pool.run(t, t.byRows(s.Rows(), s.Cols()))
}

func softmaxChunk[T float](t *task, c int) {
	lo, hi := t.span(c)
	kernel.Softmax(operand[T](t, 0, lo*t.cols, hi*t.cols), operand[T](t, 1, lo*t.cols, hi*t.cols), hi-lo, t.cols, operand[T](t, 2, 0, 1)[0])
}

func (b *backend) RowSoftmaxBackward(ds, dp, p compute.Tensor) {
	dt := mustFloats("RowSoftmaxBackward", ds, dp, p)
	must(ds.SameShape(p) && dp.SameShape(p), "RowSoftmaxBackward", "three tensors of one shape", ds, dp, p)
	t := &b.task
	t.run = by(dt, softmaxBackwardChunk[float32], softmaxBackwardChunk[float64])
	t.in[0], t.in[1], t.in[2] = pointer(ds), pointer(dp), pointer(p)
	b.pool.run(t, t.byRows(p.Rows(), p.Cols()))
}

func softmaxBackwardChunk[T float](t *task, c int) {
	lo, hi := t.span(c)
	kernel.SoftmaxBackward(operand[T](t, 0, lo*t.cols, hi*t.cols), operand[T](t, 1, lo*t.cols, hi*t.cols),
		operand[T](t, 2, lo*t.cols, hi*t.cols), hi-lo, t.cols)
}
