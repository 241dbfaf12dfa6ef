package cpu

import (
	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/philox"
)

// images are the geometry of an operation on images.
type images struct {
	kernel.Shape
	kernel.Window
	a compute.Augmentation
}

// shape is the geometry of x (B × H × W × C).
func shape(op string, x compute.Tensor) kernel.Shape {
	must(x.Rank() == 4, op, "images (B × H × W × C)", x)
	return kernel.Shape{B: x.Dim(0), H: x.Dim(1), W: x.Dim(2), C: x.Dim(3)}
}

// window prepares w on images of shape s; of is what op got.
func window(op string, s kernel.Shape, w compute.Window, of ...compute.Tensor) kernel.Window {
	must(w.Size > 0 && w.Stride > 0 && w.Pad >= 0 && w.Out(s.H) > 0 && w.Out(s.W) > 0, op, "images that the window fits into", of...)
	return kernel.Window{Size: w.Size, Stride: w.Stride, Pad: w.Pad, OH: w.Out(s.H), OW: w.Out(s.W)}
}

func (b *backend) Transpose(dst, src compute.Tensor) {
	dt := mustFloats("Transpose", dst, src)
	must(src.Rank() == 3 && dst.Rank() == 3 && dst.Dim(0) == src.Dim(0) && dst.Dim(1) == src.Dim(2) && dst.Dim(2) == src.Dim(1),
		"Transpose", "(B × m × n) to become (B × n × m)", dst, src)
	t := &b.task
	t.in[0], t.in[1] = pointer(dst), pointer(src)
	t.image.H, t.image.W = src.Dim(1), src.Dim(2)
	t.run = by(dt, transposeChunk[float32], transposeChunk[float64])
	b.pool.run(t, t.byRows(src.Dim(0), src.Cols()))
}

func transposeChunk[T float](t *task, c int) {
	for i, hi := t.span(c); i < hi; i++ {
		kernel.Transpose(operand[T](t, 0, i*t.cols, (i+1)*t.cols), operand[T](t, 1, i*t.cols, (i+1)*t.cols), t.image.H, t.image.W)
	}
}

// patches prepares Patches and its adjoint, whose first operand is the rows.
func (b *backend) patches(op string, rows, x compute.Tensor, w compute.Window) {
	t := &b.task
	m := &t.image
	m.Shape = shape(op, x)
	m.Window = window(op, m.Shape, w, rows, x)
	must(rows.Rank() == 2 && rows.Rows() == m.B*m.OH*m.OW && rows.Cols() == m.Size*m.Size*m.C, op, "a row of k·k·C for each window", rows, x)
	t.in[0], t.in[1] = pointer(rows), pointer(x)
}

func (b *backend) Patches(dst, x compute.Tensor, w compute.Window) {
	dt := mustFloats("Patches", dst, x)
	b.patches("Patches", dst, x, w)
	t := &b.task
	t.run = by(dt, patchesChunk[float32], patchesChunk[float64])
	b.pool.run(t, t.byRows(t.image.B*t.image.OH, t.image.OW*dst.Cols()))
}

func patchesChunk[T float](t *task, c int) {
	m := &t.image
	image := m.H * m.W * m.C
	for r, hi := t.span(c); r < hi; r++ {
		n := r / m.OH
		kernel.Patches(operand[T](t, 0, r*t.cols, (r+1)*t.cols), operand[T](t, 1, n*image, (n+1)*image), r%m.OH, m.Shape, m.Window)
	}
}

func (b *backend) SumPatches(dx, patches compute.Tensor, w compute.Window) {
	dt := mustFloats("SumPatches", dx, patches)
	b.patches("SumPatches", patches, dx, w)
	t := &b.task
	t.run = by(dt, sumPatchesChunk[float32], sumPatchesChunk[float64])
	b.pool.run(t, t.byRows(t.image.B*t.image.H, t.image.W*t.image.C))
}

func sumPatchesChunk[T float](t *task, c int) {
	m := &t.image
	windows := m.OH * m.OW * m.Size * m.Size * m.C
	for r, hi := t.span(c); r < hi; r++ {
		n := r / m.H
		kernel.SumPatches(operand[T](t, 1, r*t.cols, (r+1)*t.cols), operand[T](t, 0, n*windows, (n+1)*windows), r%m.H, m.Shape, m.Window)
	}
}

func (b *backend) Augment(dst, src compute.Tensor, a compute.Augmentation, step compute.Tensor) {
	dt := mustFloats("Augment", dst, src)
	must(dst.Rank() == 4 && dst.SameShape(src) && a.Pad >= 0 && a.Pad < 1<<30 && step.DType() == dtype.Int64 && step.Len() == 1,
		"Augment", "two tensors (B × C × H × W), a border of at least 0 and an int64 step", dst, src, step)
	t := &b.task
	t.in[0], t.in[1] = pointer(dst), pointer(src)
	t.image.C, t.image.H, t.image.W, t.image.a = src.Dim(1), src.Dim(2), src.Dim(3), a
	t.stream = philox.Stream{Seed: a.Seed, Purpose: uint32(a.Purpose), Step: uint64(elems[int64](step)[0])}
	t.run = by(dt, augmentChunk[float32], augmentChunk[float64])
	b.pool.run(t, t.byRows(src.Rows(), src.Cols()))
}

func augmentChunk[T float](t *task, c int) {
	m := &t.image
	for i, hi := t.span(c); i < hi; i++ {
		s := kernel.RandomShift(t.stream.Block(uint32(i)), m.a.Pad, m.a.Flip)
		kernel.Augment(operand[T](t, 0, i*t.cols, (i+1)*t.cols), operand[T](t, 1, i*t.cols, (i+1)*t.cols), m.C, m.H, m.W, s)
	}
}
