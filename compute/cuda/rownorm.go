//go:build cgo && linux

package cuda

import "noise2sparse/compute"

// NormalizeRows implements compute.RowNormFuser.
func (b *backend) NormalizeRows(y, norm, inverse, x compute.Tensor) {
	dt := mustFloats("NormalizeRows", y, norm, inverse, x)
	must(y.SameShape(x) && norm.Len() == x.Rows() && inverse.Len() == x.Rows(), "NormalizeRows",
		"two matrices of one shape, and a norm and its inverse for each row", y, norm, inverse, x)
	if x.Rows() == 0 {
		return
	}
	grid, block := rowTeams(x.Rows(), x.Cols())
	b.kernel(by(dt, "normalize_rows_f32", "normalize_rows_f64")).tensor(y).tensor(norm).tensor(inverse).tensor(x).
		i64(int64(x.Rows())).i64(int64(x.Cols())).run(grid, block, 0)
}

// NormalizeRowsBackward implements compute.RowNormFuser.
func (b *backend) NormalizeRowsBackward(dx, dy, y, inverse compute.Tensor) {
	dt := mustFloats("NormalizeRowsBackward", dx, dy, y, inverse)
	must(dx.SameShape(y) && dy.SameShape(y) && inverse.Len() == y.Rows(), "NormalizeRowsBackward",
		"three matrices of one shape, and an inverse for each row", dx, dy, y, inverse)
	if y.Rows() == 0 {
		return
	}
	grid, block := rowTeams(y.Rows(), y.Cols())
	b.kernel(by(dt, "normalize_rows_backward_f32", "normalize_rows_backward_f64")).tensor(dx).tensor(dy).tensor(y).tensor(inverse).
		i64(int64(y.Rows())).i64(int64(y.Cols())).run(grid, block, 0)
}
