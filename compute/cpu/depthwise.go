package cpu

import (
	"unsafe"

	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
)

// depthwise prepares the task of a depthwise convolution of x with w, turned or not: operands 0, 1 and
// 2 are y, x and the weights by place.
func (b *backend) depthwise(op string, y, x, w compute.Tensor, turned bool) {
	t := &b.task
	m := &t.image
	m.Shape = shape(op, x)
	must(y.SameShape(x) && w.Rank() == 4 && w.Dim(0) == m.C && w.Dim(1) == 1 && w.Dim(2) == w.Dim(3) && w.Dim(2) > 0,
		op, "images of one shape and kernels (C × 1 × k × k)", y, x, w)
	m.k = w.Dim(2)
	m.before = (m.k - 1) / 2
	if turned {
		m.before = m.k - 1 - m.before
	}
	m.ld = kernel.WholeVectors(m.C)
	t.in[0], t.in[1] = pointer(y), pointer(x)
	t.in[2] = b.taps(w, m, turned)
	t.cols = m.W * m.C
}

// taps returns the weights by place, in room that is allocated once.
func (b *backend) taps(w compute.Tensor, m *images, turned bool) unsafe.Pointer {
	room := b.scratch(m.k * m.k * m.ld)
	if w.DType() == compute.Float32 {
		kernel.TapWeights(unsafe.Slice((*float32)(room), m.k*m.k*m.ld), elems[float32](w), m.ld, m.C, m.k, turned)
	} else {
		kernel.TapWeights(unsafe.Slice((*float64)(room), m.k*m.k*m.ld), elems[float64](w), m.ld, m.C, m.k, turned)
	}
	return room
}

// scratch returns room for n numbers of any type, with undefined contents. The largest one stays.
func (b *backend) scratch(n int) unsafe.Pointer {
	if len(b.columns) < n {
		b.columns = make([]float64, n)
	}
	return unsafe.Pointer(unsafe.SliceData(b.columns))
}

func (b *backend) Depthwise(y, x, w, bias compute.Tensor) {
	dt := mustFloats("Depthwise", y, x, w, bias)
	b.depthwise("Depthwise", y, x, w, false)
	must(!bias.Valid() || bias.Len() == x.Dim(3), "Depthwise", "a bias for each channel", y, x, w, bias)
	t := &b.task
	t.in[3] = pointer(bias)
	t.run = by(dt, depthwiseChunk[float32], depthwiseChunk[float64])
	b.pool.run(t, t.byRows(t.image.B*t.image.H, t.cols))
}

func (b *backend) DepthwiseInput(dx, dy, w compute.Tensor) {
	dt := mustFloats("DepthwiseInput", dx, dy, w)
	b.depthwise("DepthwiseInput", dx, dy, w, true)
	t := &b.task
	t.in[3] = nil
	t.run = by(dt, depthwiseChunk[float32], depthwiseChunk[float64])
	b.pool.run(t, t.byRows(t.image.B*t.image.H, t.cols))
}

func depthwiseChunk[T float](t *task, c int) {
	m := &t.image
	taps, bias := operand[T](t, 2, 0, m.k*m.k*m.ld), operand[T](t, 3, 0, m.C)
	image := m.H * t.cols
	for r, hi := t.span(c); r < hi; r++ {
		n := r / m.H
		kernel.Depthwise(operand[T](t, 0, r*t.cols, (r+1)*t.cols), operand[T](t, 1, n*image, (n+1)*image), taps, bias,
			r%m.H, m.Shape, m.k, m.before, m.ld)
	}
}

// channelStrip is the number of channels whose weights' gradients one chunk adds up.
const channelStrip = 16

func (b *backend) DepthwiseWeight(dw, dbias, dy, x compute.Tensor) {
	dt := mustFloats("DepthwiseWeight", dw, dbias, dy, x)
	t := &b.task
	m := &t.image
	m.Shape = shape("DepthwiseWeight", x)
	must(dy.SameShape(x) && dw.Rank() == 4 && dw.Dim(0) == m.C && dw.Dim(1) == 1 && dw.Dim(2) == dw.Dim(3) && dw.Dim(2) > 0 && (!dbias.Valid() || dbias.Len() == m.C),
		"DepthwiseWeight", "images of one shape, kernels (C × 1 × k × k) and a bias for each channel", dw, dbias, dy, x)
	m.k = dw.Dim(2)
	t.in[0], t.in[1], t.in[2] = pointer(dw), pointer(dy), pointer(x)
	strips := (m.C + channelStrip - 1) / channelStrip
	t.in[3] = b.scratch(strips * channelStrip * m.k * m.k)
	t.run = by(dt, depthwiseWeightChunk[float32], depthwiseWeightChunk[float64])
	b.pool.run(t, strips)
	if dbias.Valid() {
		b.Reduce(compute.Sum, dbias, dy.Reshape(m.B*m.H*m.W, m.C), compute.Columns, false)
	}
}

func depthwiseWeightChunk[T float](t *task, c int) {
	m := &t.image
	taps, image := m.k*m.k, m.H*m.W*m.C
	sums := operand[float64](t, 3, c*channelStrip*taps, (c+1)*channelStrip*taps)
	clear(sums)
	first := c * channelStrip
	cols := min(channelStrip, m.C-first)
	var row [channelStrip]T
	for n := range m.B {
		kernel.DepthwiseWeight(sums, operand[T](t, 1, n*image, (n+1)*image), operand[T](t, 2, n*image, (n+1)*image), row[:], first, cols, m.Shape, m.k)
	}
	dw := operand[T](t, 0, first*taps, (first+cols)*taps)
	for l := range cols {
		for tap := range taps {
			dw[l*taps+tap] = T(sums[tap*cols+l])
		}
	}
}
