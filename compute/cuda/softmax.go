//go:build cgo && linux

package cuda

import "noise2sparse/compute"

// RowSoftmax implements compute.SoftmaxFuser.
func (b *backend) RowSoftmax(p, s, scale compute.Tensor) {
	dt := mustFloats("RowSoftmax", p, s, scale)
	must(p.SameShape(s) && scale.Len() == 1, "RowSoftmax", "weights of the scores' shape, and one scale", p, s, scale)
	if s.Len() == 0 {
		return
	}
	grid, block := teams(s.Rows(), s.Cols())
	b.kernel(by(dt, "row_softmax_f32", "row_softmax_f64")).tensor(p).tensor(s).tensor(scale).
		i64(int64(s.Rows())).i64(int64(s.Cols())).run(grid, block, 0)
}

// RowSoftmaxBackward implements compute.SoftmaxFuser.
func (b *backend) RowSoftmaxBackward(ds, dp, p compute.Tensor) {
	dt := mustFloats("RowSoftmaxBackward", ds, dp, p)
	must(ds.SameShape(p) && dp.SameShape(p), "RowSoftmaxBackward", "three tensors of one shape", ds, dp, p)
	if p.Len() == 0 {
		return
	}
	grid, block := teams(p.Rows(), p.Cols())
	b.kernel(by(dt, "row_softmax_backward_f32", "row_softmax_backward_f64")).tensor(ds).tensor(dp).tensor(p).
		i64(int64(p.Rows())).i64(int64(p.Cols())).run(grid, block, 0)
}
