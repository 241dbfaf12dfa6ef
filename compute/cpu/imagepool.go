package cpu

import (
	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/internal/dtype"
)

// maxPool prepares the task of a maximum over windows: operands 0, 1 and 2 are y, index and x.
func (b *backend) maxPool(op string, y, index, x compute.Tensor, w compute.Window) {
	t := &b.task
	m := &t.image
	m.Shape = shape(op, x)
	m.Window = window(op, m.Shape, w, y, index, x)
	must(w.Pad <= w.Size/2 && y.Rank() == 4 && y.SameShape(index) && index.DType() == dtype.Int32 &&
		y.Dim(0) == m.B && y.Dim(1) == m.OH && y.Dim(2) == m.OW && y.Dim(3) == m.C,
		op, "a number and an int32 index for each window and channel, and a border of at most half a window", y, index, x)
	t.in[0], t.in[1], t.in[2] = pointer(y), pointer(index), pointer(x)
}

func (b *backend) MaxPool(y, index, x compute.Tensor, w compute.Window) {
	dt := mustFloats("MaxPool", y, x)
	b.maxPool("MaxPool", y, index, x, w)
	t := &b.task
	t.run = by(dt, maxPoolChunk[float32], maxPoolChunk[float64])
	b.pool.run(t, t.byRows(t.image.B*t.image.OH, t.image.OW*t.image.C))
}

func maxPoolChunk[T float](t *task, c int) {
	m := &t.image
	image := m.H * m.W * m.C
	for r, hi := t.span(c); r < hi; r++ {
		n := r / m.OH
		kernel.MaxPool(operand[T](t, 0, r*t.cols, (r+1)*t.cols), operand[int32](t, 1, r*t.cols, (r+1)*t.cols),
			operand[T](t, 2, n*image, (n+1)*image), r%m.OH, m.Shape, m.Window)
	}
}

func (b *backend) MaxPoolBackward(dx, dy, index compute.Tensor, w compute.Window) {
	dt := mustFloats("MaxPoolBackward", dx, dy)
	b.maxPool("MaxPoolBackward", dy, index, dx, w)
	t := &b.task
	t.run = by(dt, maxPoolBackwardChunk[float32], maxPoolBackwardChunk[float64])
	b.pool.run(t, t.byRows(t.image.B*t.image.H, t.image.W*t.image.C))
}

func maxPoolBackwardChunk[T float](t *task, c int) {
	m := &t.image
	windows := m.OH * m.OW * m.C
	for r, hi := t.span(c); r < hi; r++ {
		n := r / m.H
		kernel.MaxPoolBackward(operand[T](t, 2, r*t.cols, (r+1)*t.cols), operand[T](t, 0, n*windows, (n+1)*windows),
			operand[int32](t, 1, n*windows, (n+1)*windows), r%m.H, m.Shape, m.Window)
	}
}

// meanPool prepares the task of a mean over images x: operands 0 and 1 are y and x.
func (b *backend) meanPool(op string, y, x compute.Tensor) {
	t := &b.task
	t.image.Shape = shape(op, x)
	must(y.Rank() == 2 && y.Rows() == x.Dim(0) && y.Cols() == x.Dim(3) && x.Dim(1)*x.Dim(2) > 0, op, "a number for each image and channel", y, x)
	t.in[0], t.in[1] = pointer(y), pointer(x)
}

func (b *backend) MeanPool(y, x compute.Tensor) {
	dt := mustFloats("MeanPool", y, x)
	b.meanPool("MeanPool", y, x)
	t := &b.task
	t.in[2] = b.scratch(y.Len())
	t.run = by(dt, meanPoolChunk[float32], meanPoolChunk[float64])
	b.pool.run(t, t.byRows(x.Rows(), x.Cols()))
}

func meanPoolChunk[T float](t *task, c int) {
	n := t.image.C
	for i, hi := t.span(c); i < hi; i++ {
		kernel.MeanPool(operand[T](t, 0, i*n, (i+1)*n), operand[T](t, 1, i*t.cols, (i+1)*t.cols), operand[float64](t, 2, i*n, (i+1)*n), t.cols/n)
	}
}

func (b *backend) MeanPoolBackward(dx, dy compute.Tensor) {
	dt := mustFloats("MeanPoolBackward", dx, dy)
	b.meanPool("MeanPoolBackward", dy, dx)
	t := &b.task
	t.run = by(dt, meanPoolBackwardChunk[float32], meanPoolBackwardChunk[float64])
	b.pool.run(t, t.byRows(dx.Rows(), dx.Cols()))
}

func meanPoolBackwardChunk[T float](t *task, c int) {
	n := t.image.C
	for i, hi := t.span(c); i < hi; i++ {
		kernel.MeanPoolBackward(operand[T](t, 1, i*t.cols, (i+1)*t.cols), operand[T](t, 0, i*n, (i+1)*n), t.cols/n)
	}
}
