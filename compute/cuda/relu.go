//go:build cgo && linux

package cuda

import "noise2sparse/compute"

// BiasReLU implements compute.BiasReLUFuser.
func (b *backend) BiasReLU(y, bias, fired, total compute.Tensor) {
	dt := mustFloats("BiasReLU", y, bias)
	must((!bias.Valid() || bias.Len() == y.Cols()) && counts(fired, y) && counts(total, y),
		"BiasReLU", "a bias and float64 counts for each column", y, bias, fired, total)
	if y.Len() == 0 {
		return
	}
	grid, block, partials := strips(y.Rows(), y.Cols())
	b.kernel(by(dt, "bias_relu_f32", "bias_relu_f64")).tensor(y).tensor(bias).tensor(fired).tensor(total).
		i64(int64(y.Rows())).i64(int64(y.Cols())).partials(2*partials).run(grid, block, 0)
}

func counts(c, y compute.Tensor) bool {
	return !c.Valid() || c.DType() == compute.Float64 && c.Len() == y.Cols()
}

// ReLUBackward implements compute.ReLUBackwardFuser.
func (b *backend) ReLUBackward(dpre, dbias, dpost, post compute.Tensor) {
	dt := mustFloats("ReLUBackward", dpre, dbias, dpost, post)
	must(dpre.SameShape(dpost) && dpre.SameShape(post) && (!dbias.Valid() || dbias.Len() == dpre.Cols()),
		"ReLUBackward", "three tensors of one shape and a sum for each column", dpre, dbias, dpost, post)
	if dpre.Cols() == 0 {
		return
	}
	grid, block, partials := strips(dpre.Rows(), dpre.Cols())
	b.kernel(by(dt, "relu_backward_f32", "relu_backward_f64")).tensor(dpre).tensor(dbias).tensor(dpost).tensor(post).
		i64(int64(dpre.Rows())).i64(int64(dpre.Cols())).partials(partials).run(grid, block, 0)
}

// CountActive implements compute.ActivityFuser.
func (b *backend) CountActive(fired, total, y, threshold, _ compute.Tensor) {
	dt := mustFloats("CountActive", y, threshold)
	must(counts(fired, y) && counts(total, y) && (!threshold.Valid() || threshold.Len() == 1),
		"CountActive", "float64 counts for each column, and one threshold", fired, total, y, threshold)
	if y.Len() == 0 || !fired.Valid() && !total.Valid() {
		return
	}
	grid, block, partials := strips(y.Rows(), y.Cols())
	b.kernel(by(dt, "count_active_f32", "count_active_f64")).tensor(fired).tensor(total).tensor(y).tensor(threshold).
		i64(int64(y.Rows())).i64(int64(y.Cols())).partials(2*partials).run(grid, block, 0)
}
