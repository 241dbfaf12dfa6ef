//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// Finish implements compute.EpilogueFuser.
func (b *backend) Finish(y, x compute.Tensor, e compute.Epilogue) {
	dt := mustFloats("Finish", y, x, e.Bias, e.Scale, e.Shift, e.Residual)
	n := x.Cols()
	must(y.SameShape(x) && channels(n, true, e.Bias, e.Scale, e.Shift) && e.Scale.Valid() == e.Shift.Valid() &&
		(!e.Residual.Valid() || e.Residual.Len() == x.Len()), "Finish", "vectors of columns and matrices of one shape", y, x, e.Bias, e.Scale, e.Shift, e.Residual)
	b.kernel(by(dt, "finish_f32", "finish_f64")).tensor(y).tensor(x).tensor(e.Bias).flag(e.GELU).tensor(e.Scale).tensor(e.Shift).
		tensor(e.Residual).flag(e.ReLU).i64(int64(x.Rows())).i64(int64(n)).over(x.Rows(), n)
}

// LinearFinish implements compute.EpilogueFuser.
func (b *backend) LinearFinish(y, x, w compute.Tensor, e compute.Epilogue) {
	const op = "LinearFinish"
	p := b.linearFinish(op, y, x, w, e)
	if p == nil {
		compute.LinearFinishComposed(b, y, x, w, e)
		return
	}
	b.lt.operands = gpu.LtOperands{A: address(w), B: address(x), C: address(e.Residual), D: address(y), Bias: address(e.Bias)}
	b.lt.run(b, p, op, y, x, w, e.Bias, e.Residual)
}

// linearFinish is cuBLASLt's product for it; nil: it is to be composed. cuBLASLt's GELU is not ours, but an
// approximation by tanh, and it has no scales of columns.
func (b *backend) linearFinish(op string, y, x, w compute.Tensor, e compute.Epilogue) *gpu.LtProduct {
	if e.GELU || e.Scale.Valid() || !e.Bias.Valid() && !e.ReLU && !e.Residual.Valid() || !b.lt.does(x.Cols(), y, x, w, e.Bias, e.Residual) {
		return nil
	}
	mustLinear(op, y, x, w, e.Bias, compute.Tensor{}, compute.Tensor{})
	must(!e.Residual.Valid() || e.Residual.Len() == y.Len(), op, "a residual of as many elements", y, e.Residual)
	epilogue := [2]gpu.Epilogue{gpu.EpilogueNone, gpu.EpilogueBias}[choose(e.Bias)]
	if e.ReLU {
		epilogue = [2]gpu.Epilogue{gpu.EpilogueReLU, gpu.EpilogueReLUBias}[choose(e.Bias)]
	}
	return b.lt.product(b, op, gpu.LtShape{TransA: true, M: y.Cols(), N: y.Rows(), K: x.Cols(), Epilogue: epilogue, Add: e.Residual.Valid()})
}

// DepthwiseFinish implements compute.EpilogueFuser.
func (b *backend) DepthwiseFinish(y, x, w compute.Tensor, e compute.Epilogue) {
	compute.DepthwiseFinishComposed(b, y, x, w, e)
}
