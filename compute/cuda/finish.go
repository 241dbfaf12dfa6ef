//go:build cgo && linux

package cuda

import "noise2sparse/compute"

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
	compute.LinearFinishComposed(b, y, x, w, e)
}

// DepthwiseFinish implements compute.EpilogueFuser.
func (b *backend) DepthwiseFinish(y, x, w compute.Tensor, e compute.Epilogue) {
	compute.DepthwiseFinishComposed(b, y, x, w, e)
}
