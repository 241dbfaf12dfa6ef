package cpu

import (
	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/compute/cpu/simd"
)

// mustFinish keeps the epilogue e of results y with n columns, and panics where they don't fit.
func (t *task) mustFinish(op string, y compute.Tensor, n int, e compute.Epilogue) {
	must(channels(n, true, e.Bias, e.Scale, e.Shift) && e.Scale.Valid() == e.Shift.Valid() && (!e.Residual.Valid() || e.Residual.Len() == y.Len()),
		op, "vectors of the result's columns, a shift with each scale, and a residual as large as the result", y, e.Bias, e.Scale, e.Shift, e.Residual)
	t.epilogue = e
}

// part views elements lo to hi of a tensor, nil of Tensor{}.
func part[T float](x compute.Tensor, lo, hi int) []T {
	if !x.Valid() {
		return nil
	}
	return elems[T](x)[lo:hi]
}

// epilogue is the task's, on columns lo to hi, without its residual.
func epilogue[T float](t *task, lo, hi int) kernel.Epilogue[T] {
	e := &t.epilogue
	return kernel.Epilogue[T]{
		Bias: part[T](e.Bias, lo, hi), Scale: part[T](e.Scale, lo, hi), Shift: part[T](e.Shift, lo, hi), GELU: e.GELU, ReLU: e.ReLU,
	}
}

// Finish implements compute.EpilogueFuser.
func (b *backend) Finish(y, x compute.Tensor, e compute.Epilogue) {
	dt := mustFloats("Finish", y, x, e.Bias, e.Scale, e.Shift, e.Residual)
	must(x.Rank() == 2 && y.SameShape(x), "Finish", "two matrices of one shape", y, x)
	t := &b.task
	t.mustFinish("Finish", y, x.Cols(), e)
	t.in[0], t.in[1] = pointer(y), pointer(x)
	t.run = by(dt, finishChunk32, finishChunk64)
	b.pool.run(t, t.byRows(x.Rows(), x.Cols()))
}

func finishChunk32(t *task, c int) {
	lo, hi := t.span(c)
	e := epilogue[float32](t, 0, t.cols)
	e.Residual = part[float32](t.epilogue.Residual, lo*t.cols, hi*t.cols)
	simd.Finish(operand[float32](t, 0, lo*t.cols, hi*t.cols), operand[float32](t, 1, lo*t.cols, hi*t.cols), t.cols, hi-lo, t.cols, e)
}

func finishChunk64(t *task, c int) {
	lo, hi := t.span(c)
	e := epilogue[float64](t, 0, t.cols)
	e.Residual = part[float64](t.epilogue.Residual, lo*t.cols, hi*t.cols)
	kernel.Finish(operand[float64](t, 0, lo*t.cols, hi*t.cols), operand[float64](t, 1, lo*t.cols, hi*t.cols), t.cols, hi-lo, t.cols, e)
}

// LinearFinish implements compute.EpilogueFuser: each tile of the product is finished by the core that
// has just computed it.
func (b *backend) LinearFinish(y, x, w compute.Tensor, e compute.Epilogue) {
	dt := mustFloats("LinearFinish", y, x, w, e.Bias, e.Scale, e.Shift, e.Residual)
	t := &b.task
	t.mustFinish("LinearFinish", y, y.Cols(), e)
	b.product("LinearFinish", y, x, w, false, true, 1, 0)
	t.run = by(dt, linearFinishTile32, linearFinishTile64)
	b.pool.run(t, t.mm.tiles.Len())
}

func linearFinishTile32(t *task, i int) {
	matmulTile32(t, i)
	q, c, _, _ := t.mm.corners(i)
	e := epilogue[float32](t, q.Col, q.Col+q.Cols)
	e.Residual = part[float32](t.epilogue.Residual, c, t.mm.lenC)
	y := operand[float32](t, 0, c, t.mm.lenC)
	simd.Finish(y, y, t.mm.ldc, q.Rows, q.Cols, e)
}

func linearFinishTile64(t *task, i int) {
	matmulTile64(t, i)
	q, c, _, _ := t.mm.corners(i)
	e := epilogue[float64](t, q.Col, q.Col+q.Cols)
	e.Residual = part[float64](t.epilogue.Residual, c, t.mm.lenC)
	y := operand[float64](t, 0, c, t.mm.lenC)
	kernel.Finish(y, y, t.mm.ldc, q.Rows, q.Cols, e)
}
