package cpu

import (
	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/compute/cpu/simd"
)

// step prepares the task of an optimizer's step: operands 0 to 3 are p, m, v and g.
func (b *backend) step(op string, p, m, v, g compute.Tensor, s kernel.Step[float64], f32, f64 func(*task, int)) {
	dt := mustFloats(op, p, m, v, g)
	must(sameLength(p, m) && sameLength(p, v) && sameLength(p, g), op, "tensors of one length", p, m, v, g)
	t := &b.task
	t.in[0], t.in[1], t.in[2], t.in[3] = pointer(p), pointer(m), pointer(v), pointer(g)
	t.step64 = s
	t.step32 = kernel.Step[float32]{
		Clip: float32(s.Clip), LR: float32(s.LR), Eps: float32(s.Eps),
		Keep: float32(s.Keep), Add: float32(s.Add), Add2: float32(s.Add2),
	}
	t.run = by(dt, f32, f64)
	b.pool.run(t, t.byElements(p.Len()))
}

// sameLength tells whether t is absent, or as long as p.
func sameLength(p, t compute.Tensor) bool { return !t.Valid() || t.Len() == p.Len() }

// SGD implements compute.SGDFuser.
func (b *backend) SGD(p, m, g, clip, lr compute.Tensor, momentum float64) {
	mustFloats("SGD", p, clip, lr)
	s := kernel.Step[float64]{Clip: scalarOf(clip), LR: scalarOf(lr), Keep: momentum}
	b.step("SGD", p, m, compute.Tensor{}, g, s, sgdChunk32, sgdChunk64)
}

func sgdChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.SGD(operand[float32](t, 0, lo, hi), operand[float32](t, 1, lo, hi), operand[float32](t, 3, lo, hi), &t.step32)
}

func sgdChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.SGD(operand[float64](t, 0, lo, hi), operand[float64](t, 1, lo, hi), operand[float64](t, 3, lo, hi), &t.step64)
}

// RMSProp implements compute.RMSPropFuser.
func (b *backend) RMSProp(p, a, g, _ compute.Tensor, c compute.RMSScalars, keep, add float64) {
	mustFloats("RMSProp", p, c.Clip, c.LR, c.Eps)
	s := kernel.Step[float64]{Clip: scalarOf(c.Clip), LR: scalarOf(c.LR), Eps: scalarOf(c.Eps), Keep: keep, Add: add}
	b.step("RMSProp", p, a, compute.Tensor{}, g, s, rmsPropChunk32, rmsPropChunk64)
}

func rmsPropChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.RMSProp(operand[float32](t, 0, lo, hi), operand[float32](t, 1, lo, hi), operand[float32](t, 3, lo, hi), &t.step32)
}

func rmsPropChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.RMSProp(operand[float64](t, 0, lo, hi), operand[float64](t, 1, lo, hi), operand[float64](t, 3, lo, hi), &t.step64)
}

// SparseAdam implements compute.SparseAdamFuser.
func (b *backend) SparseAdam(p, m, v, g, _ compute.Tensor, s compute.SparseAdamScalars, beta1, beta2 float64) {
	mustFloats("SparseAdam", p, s.Clip, s.StepSize, s.Eps)
	c := kernel.Step[float64]{Clip: scalarOf(s.Clip), LR: scalarOf(s.StepSize), Eps: scalarOf(s.Eps), Add: 1 - beta1, Add2: 1 - beta2}
	b.step("SparseAdam", p, m, v, g, c, sparseAdamChunk32, sparseAdamChunk64)
}

func sparseAdamChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.SparseAdam(operand[float32](t, 0, lo, hi), operand[float32](t, 1, lo, hi), operand[float32](t, 2, lo, hi), operand[float32](t, 3, lo, hi), &t.step32)
}

func sparseAdamChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.SparseAdam(operand[float64](t, 0, lo, hi), operand[float64](t, 1, lo, hi), operand[float64](t, 2, lo, hi), operand[float64](t, 3, lo, hi), &t.step64)
}

// SparseSGD implements compute.SparseSGDFuser.
func (b *backend) SparseSGD(p, m, g, _, clip, lr compute.Tensor, momentum float64) {
	mustFloats("SparseSGD", p, clip, lr)
	s := kernel.Step[float64]{Clip: scalarOf(clip), LR: scalarOf(lr), Keep: momentum}
	b.step("SparseSGD", p, m, compute.Tensor{}, g, s, sparseSGDChunk32, sparseSGDChunk64)
}

func sparseSGDChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.SparseSGD(operand[float32](t, 0, lo, hi), operand[float32](t, 1, lo, hi), operand[float32](t, 3, lo, hi), &t.step32)
}

func sparseSGDChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.SparseSGD(operand[float64](t, 0, lo, hi), operand[float64](t, 1, lo, hi), operand[float64](t, 3, lo, hi), &t.step64)
}
