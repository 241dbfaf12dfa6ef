package cpu

import (
	"unsafe"

	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/compute/cpu/simd"
)

// depthwise prepares the task of a depthwise convolution of x with w, turned or not: operands 0, 1 and
// 2 are y, x and the weights by place.
func (b *backend) depthwise(op string, y, x, w compute.Tensor, e compute.Epilogue, turned bool) {
	dt := mustFloats(op, y, x, w, e.Bias, e.Scale, e.Shift, e.Residual)
	t := &b.task
	d := &t.depth
	d.Shape = shape(op, x)
	must(y.SameShape(x) && w.Rank() == 4 && w.Dim(0) == d.C && w.Dim(1) == 1 && w.Dim(2) == w.Dim(3) && w.Dim(2) > 0,
		op, "images of one shape and kernels (C × 1 × k × k)", y, x, w)
	t.mustFinish(op, y, d.C, e)
	d.K = w.Dim(2)
	d.Before = (d.K - 1) / 2
	if turned {
		d.Before = d.K - 1 - d.Before
	}
	d.LD = kernel.WholeVectors(d.C)
	t.in[0], t.in[1] = pointer(y), pointer(x)
	t.in[2] = b.taps(w, d, turned)
	t.run = by(dt, depthwiseChunk32, depthwiseChunk64)
	b.pool.run(t, t.byRows(d.B*d.H, d.W*d.C))
}

// taps returns the weights by place, in room that is allocated once.
func (b *backend) taps(w compute.Tensor, d *kernel.Depth, turned bool) unsafe.Pointer {
	n := d.K * d.K * d.LD
	room := b.scratch(n)
	if w.DType() == compute.Float32 {
		kernel.TapWeights(unsafe.Slice((*float32)(room), n), elems[float32](w), d.LD, d.C, d.K, turned)
	} else {
		kernel.TapWeights(unsafe.Slice((*float64)(room), n), elems[float64](w), d.LD, d.C, d.K, turned)
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
	b.depthwise("Depthwise", y, x, w, compute.Epilogue{Bias: bias}, false)
}

func (b *backend) DepthwiseInput(dx, dy, w compute.Tensor) {
	b.depthwise("DepthwiseInput", dx, dy, w, compute.Epilogue{}, true)
}

// DepthwiseFinish implements compute.EpilogueFuser.
func (b *backend) DepthwiseFinish(y, x, w compute.Tensor, e compute.Epilogue) {
	b.depthwise("DepthwiseFinish", y, x, w, e, false)
}

func depthwiseChunk32(t *task, c int) {
	d := &t.depth
	taps, image := operand[float32](t, 2, 0, d.K*d.K*d.LD), d.H*t.cols
	e := epilogue[float32](t, 0, d.C)
	for r, hi := t.span(c); r < hi; r++ {
		lo := r / d.H * image
		e.Residual = part[float32](t.epilogue.Residual, lo, lo+image)
		simd.Depthwise(operand[float32](t, 0, r*t.cols, (r+1)*t.cols), operand[float32](t, 1, lo, lo+image), taps, r%d.H, d, e)
	}
}

func depthwiseChunk64(t *task, c int) {
	d := &t.depth
	taps, image := operand[float64](t, 2, 0, d.K*d.K*d.LD), d.H*t.cols
	e := epilogue[float64](t, 0, d.C)
	for r, hi := t.span(c); r < hi; r++ {
		lo := r / d.H * image
		e.Residual = part[float64](t.epilogue.Residual, lo, lo+image)
		kernel.Depthwise(operand[float64](t, 0, r*t.cols, (r+1)*t.cols), operand[float64](t, 1, lo, lo+image), taps, r%d.H, d, e)
	}
}

// channelStrip is the number of channels whose weights' gradients one chunk adds up.
const channelStrip = 16

func (b *backend) DepthwiseWeight(dw, dbias, dy, x compute.Tensor) {
	dt := mustFloats("DepthwiseWeight", dw, dbias, dy, x)
	t := &b.task
	m := &t.depth
	m.Shape = shape("DepthwiseWeight", x)
	must(dy.SameShape(x) && dw.Rank() == 4 && dw.Dim(0) == m.C && dw.Dim(1) == 1 && dw.Dim(2) == dw.Dim(3) && dw.Dim(2) > 0 && (!dbias.Valid() || dbias.Len() == m.C),
		"DepthwiseWeight", "images of one shape, kernels (C × 1 × k × k) and a bias for each channel", dw, dbias, dy, x)
	m.K = dw.Dim(2)
	t.in[0], t.in[1], t.in[2] = pointer(dw), pointer(dy), pointer(x)
	strips := (m.C + channelStrip - 1) / channelStrip
	sums := strips * channelStrip * m.K * m.K
	t.in[3] = b.scratch(sums + strips*channelStrip)
	t.in[4] = unsafe.Add(t.in[3], 8*sums) // a row of each strip
	t.run = by(dt, depthwiseWeightChunk32, depthwiseWeightChunk64)
	b.pool.run(t, strips)
	if dbias.Valid() {
		b.Reduce(compute.Sum, dbias, dy.Reshape(m.B*m.H*m.W, m.C), compute.Columns, false)
	}
}

func depthwiseWeightChunk32(t *task, c int) { depthwiseWeightChunk(t, c, simd.DepthwiseWeight) }

func depthwiseWeightChunk64(t *task, c int) {
	depthwiseWeightChunk(t, c, kernel.DepthwiseWeight[float64])
}

func depthwiseWeightChunk[T float](t *task, c int, add func(sums []float64, dy, x, row []T, c, cols int, s kernel.Shape, k int)) {
	d := &t.depth
	taps, image := d.K*d.K, d.H*d.W*d.C
	sums := operand[float64](t, 3, c*channelStrip*taps, (c+1)*channelStrip*taps)
	clear(sums)
	first := c * channelStrip
	cols := min(channelStrip, d.C-first)
	row := operand[T](t, 4, first, first+channelStrip)
	for n := range d.B {
		add(sums, operand[T](t, 1, n*image, (n+1)*image), operand[T](t, 2, n*image, (n+1)*image), row, first, cols, d.Shape, d.K)
	}
	dw := operand[T](t, 0, first*taps, (first+cols)*taps)
	for l := range cols {
		for tap := range taps {
			dw[l*taps+tap] = T(sums[tap*cols+l])
		}
	}
}
