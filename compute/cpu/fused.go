package cpu

import (
	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/compute/cpu/simd"
)

// BiasReLU implements compute.BiasReLUFuser.
func (b *backend) BiasReLU(y, bias, fired, total compute.Tensor) {
	dt := mustFloats("BiasReLU", y, bias)
	must((!bias.Valid() || bias.Len() == y.Cols()) && counts(fired, y) && counts(total, y),
		"BiasReLU", "a bias and float64 counts for each column", y, bias, fired, total)
	t := &b.task
	t.in[0], t.in[1], t.in[2], t.in[3] = pointer(y), pointer(bias), pointer(fired), pointer(total)
	t.run = by(dt, biasReLUChunk32, biasReLUChunk64)
	b.pool.run(t, t.byStrips(y.Rows(), y.Cols()))
}

func counts(c, y compute.Tensor) bool {
	return !c.Valid() || c.DType() == compute.Float64 && c.Len() == y.Cols()
}

// strip views columns lo to hi of operand i, a matrix of the task's size.
func strip[T element](t *task, i, lo, hi int) []T {
	if t.rows == 0 {
		return nil
	}
	return operand[T](t, i, lo, (t.rows-1)*t.cols+hi)
}

func biasReLUChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.BiasReLU(strip[float32](t, 0, lo, hi), t.cols, operand[float32](t, 1, lo, hi), t.rows, hi-lo,
		operand[float64](t, 2, lo, hi), operand[float64](t, 3, lo, hi))
}

func biasReLUChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.BiasReLU(strip[float64](t, 0, lo, hi), t.cols, operand[float64](t, 1, lo, hi), t.rows, hi-lo,
		operand[float64](t, 2, lo, hi), operand[float64](t, 3, lo, hi))
}

// ReLUBackward implements compute.ReLUBackwardFuser.
func (b *backend) ReLUBackward(dpre, dbias, dpost, post compute.Tensor) {
	dt := mustFloats("ReLUBackward", dpre, dbias, dpost, post)
	must(dpre.SameShape(dpost) && dpre.SameShape(post) && (!dbias.Valid() || dbias.Len() == dpre.Cols()),
		"ReLUBackward", "three tensors of one shape and a sum for each column", dpre, dbias, dpost, post)
	if dbias.Valid() {
		b.Fill(dbias, 0)
	}
	t := &b.task
	t.in[0], t.in[1], t.in[2], t.in[3] = pointer(dpre), pointer(dbias), pointer(dpost), pointer(post)
	t.run = by(dt, reluBackwardChunk32, reluBackwardChunk64)
	b.pool.run(t, t.byStrips(dpre.Rows(), dpre.Cols()))
}

func reluBackwardChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.ReLUBackward(strip[float32](t, 0, lo, hi), strip[float32](t, 2, lo, hi), strip[float32](t, 3, lo, hi), t.cols,
		operand[float32](t, 1, lo, hi), t.rows, hi-lo)
}

func reluBackwardChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.ReLUBackward(strip[float64](t, 0, lo, hi), strip[float64](t, 2, lo, hi), strip[float64](t, 3, lo, hi), t.cols,
		operand[float64](t, 1, lo, hi), t.rows, hi-lo)
}

// MSE implements compute.MSEFuser.
func (b *backend) MSE(total, grad, out, target compute.Tensor, scale float64) {
	dt := mustFloats("MSE", grad, out, target)
	must(grad.SameShape(out) && out.SameShape(target) && total.DType() == compute.Float64 && total.Len() == 1,
		"MSE", "three tensors of one shape and a float64 sum", total, grad, out, target)
	t := &b.task
	t.a, t.in[0], t.in[1], t.in[2] = scale, pointer(grad), pointer(out), pointer(target)
	t.run = by(dt, mseChunk32, mseChunk64)
	t.partials = &b.partials
	chunks := t.byRows(out.Rows(), out.Cols())
	b.pool.run(t, chunks)
	addScalar(total, b.sumPartials(0, chunks), false)
}

func mseChunk32(t *task, c int) {
	lo, hi := t.span(c)
	i, j := lo*t.cols, hi*t.cols
	t.partials[c][0] = simd.MSE(operand[float32](t, 0, i, j), operand[float32](t, 1, i, j), operand[float32](t, 2, i, j),
		t.cols, float32(t.a), hi-lo, t.cols, nil, nil)
}

func mseChunk64(t *task, c int) {
	lo, hi := t.span(c)
	i, j := lo*t.cols, hi*t.cols
	t.partials[c][0] = kernel.MSE(operand[float64](t, 0, i, j), operand[float64](t, 1, i, j), operand[float64](t, 2, i, j),
		t.cols, t.a, hi-lo, t.cols, nil, nil)
}

// Adam implements compute.AdamFuser.
func (b *backend) Adam(p, m, v, g compute.Tensor, s compute.AdamScalars, beta1, beta2 float64) {
	dt := mustFloats("Adam", p, m, v, g, s.Clip, s.StepSize, s.RootBC2, s.Eps)
	must(p.Len() == m.Len() && p.Len() == v.Len() && p.Len() == g.Len(), "Adam", "four tensors of one length", p, m, v, g)
	mustFloats("Adam", p, s.Decay, s.Beta1, s.OneMinus1)
	t := &b.task
	t.in[0], t.in[1], t.in[2], t.in[3] = pointer(p), pointer(m), pointer(v), pointer(g)
	setAdam(&t.adam32, s, beta1, beta2)
	setAdam(&t.adam64, s, beta1, beta2)
	t.run = by(dt, adamChunk32, adamChunk64)
	b.pool.run(t, t.byElements(p.Len()))
}

func setAdam[T float](a *kernel.AdamStep[T], s compute.AdamScalars, beta1, beta2 float64) {
	*a = kernel.AdamStep[T]{
		Clip: T(scalarOf(s.Clip)), StepSize: T(scalarOf(s.StepSize)), RootBC2: T(scalarOf(s.RootBC2)), Eps: T(scalarOf(s.Eps)),
		Beta1: T(beta1), OneMinus1: T(1 - beta1), Beta2: T(beta2), OneMinus2: T(1 - beta2), Decay: 1,
	}
	if s.Decay.Valid() {
		a.Decay = T(scalarOf(s.Decay))
	}
	if s.Beta1.Valid() {
		a.Beta1, a.OneMinus1 = T(scalarOf(s.Beta1)), T(scalarOf(s.OneMinus1))
	}
}

func adamChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.Adam(operand[float32](t, 0, lo, hi), operand[float32](t, 1, lo, hi), operand[float32](t, 2, lo, hi), operand[float32](t, 3, lo, hi), &t.adam32)
}

func adamChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.Adam(operand[float64](t, 0, lo, hi), operand[float64](t, 1, lo, hi), operand[float64](t, 2, lo, hi), operand[float64](t, 3, lo, hi), &t.adam64)
}
