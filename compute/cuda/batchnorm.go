//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// channels tells whether t is [n], or missing where that is allowed.
func channels(n int, optional bool, ts ...compute.Tensor) bool {
	for _, t := range ts {
		if !t.Valid() && optional {
			continue
		}
		if !t.Valid() || t.Rank() != 1 || t.Len() != n {
			return false
		}
	}
	return true
}

func (b *backend) ChannelMoments(mean, inv, runningMean, runningVar, x compute.Tensor, momentum, eps float64) {
	dt := mustFloats("ChannelMoments", mean, inv, runningMean, runningVar, x)
	must(x.Rank() == 2 && x.Rows() > 0 && channels(x.Cols(), false, mean, inv) && channels(x.Cols(), true, runningMean, runningVar) &&
		runningMean.Valid() == runningVar.Valid(), "ChannelMoments", "a matrix and vectors of its columns", mean, inv, runningMean, runningVar, x)
	rows, cols := x.Rows(), x.Cols()
	if cols == 0 {
		return
	}
	grid, block, partials := strips(rows, cols)
	b.kernel(by(dt, "channel_mean_f32", "channel_mean_f64")).tensor(mean).tensor(x).i64(int64(rows)).i64(int64(cols)).
		partials(partials).run(grid, block, 0)
	b.kernel(by(dt, "channel_spread_f32", "channel_spread_f64")).tensor(inv).tensor(runningMean).tensor(runningVar).tensor(mean).tensor(x).
		i64(int64(rows)).i64(int64(cols)).f64(momentum).f64(eps).partials(partials).run(grid, block, 0)
}

func (b *backend) BatchNormBackward(dx, dgamma, dbeta, dy, x, mean, inv, gamma compute.Tensor) {
	dt := mustFloats("BatchNormBackward", dx, dgamma, dbeta, dy, x, mean, inv, gamma)
	must(x.Rank() == 2 && x.Rows() > 0 && dy.SameShape(x) && dx.SameShape(x) && channels(x.Cols(), false, dgamma, dbeta, mean, inv, gamma),
		"BatchNormBackward", "three matrices of one shape and vectors of their columns", dx, dgamma, dbeta, dy, x, mean, inv, gamma)
	rows, cols := x.Rows(), x.Cols()
	if cols == 0 {
		return
	}
	grid, block, n := strips(rows, cols)
	room := b.room(8 * int64(2*n+3*cols)) // partial results in float64, and three coefficients for each column
	coefficients := room + gpu.Ptr(8*2*n)
	b.kernel(by(dt, "batch_norm_sums_f32", "batch_norm_sums_f64")).tensor(dgamma).tensor(dbeta).ptr(coefficients).tensor(dy).tensor(x).
		tensor(mean).tensor(inv).tensor(gamma).i64(int64(rows)).i64(int64(cols)).ptr(room).ptr(b.ops.arrived).run(grid, block, 0)
	b.kernel(by(dt, "batch_norm_grad_f32", "batch_norm_grad_f64")).tensor(dx).tensor(dy).tensor(x).tensor(mean).ptr(coefficients).
		i64(int64(rows)).i64(int64(cols)).over(rows, cols)
}
