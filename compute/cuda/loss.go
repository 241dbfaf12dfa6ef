//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// MSE implements compute.MSEFuser.
func (b *backend) MSE(total, grad, out, target compute.Tensor, scale float64) {
	dt := mustFloats("MSE", grad, out, target)
	must(grad.SameShape(out) && out.SameShape(target) && total.DType() == compute.Float64 && total.Len() == 1,
		"MSE", "three tensors of one shape and a float64 sum", total, grad, out, target)
	grid, block := pieces(out.Len())
	b.kernel(by(dt, "mse_f32", "mse_f64")).tensor(total).tensor(grad).tensor(out).tensor(target).
		i64(int64(out.Len())).float(dt, scale).partials(grid.X).run(grid, block, 0)
}

// lossRows is how many rows a block of the cross-entropy has at least: one for each of its warps.
const lossRows = 4

func (b *backend) CrossEntropy(total, correct, grad, logits, labels compute.Tensor, scale float64) {
	dt := mustFloats("CrossEntropy", grad, logits)
	must(labels.DType() == compute.Int32 && labels.Len() == logits.Rows() && (!grad.Valid() || grad.SameShape(logits)) &&
		total.DType() == compute.Float64 && total.Len() == 1 && correct.DType() == compute.Float64 && correct.Len() == 1,
		"CrossEntropy", "float64 sums, int32 labels for each row of the logits, and a gradient of their shape", total, correct, grad, logits, labels)
	rows := logits.Rows()
	grid, block := losses(rows)
	b.kernel(by(dt, "cross_entropy_f32", "cross_entropy_f64")).tensor(total).tensor(correct).tensor(grad).tensor(logits).tensor(labels).
		i64(int64(rows)).i64(int64(logits.Cols())).f64(roundedTo(dt, scale)).partials(2*grid.X).
		run(grid, block, 0)
}

// roundedTo is v as the type dt has it.
func roundedTo(dt compute.DType, v float64) float64 {
	if dt == compute.Float32 {
		return float64(float32(v))
	}
	return v
}

func (b *backend) ClipScale(scale, norm, squares compute.Tensor, limit float64) {
	must(squares.DType() == compute.Float64 && norm.DType() == compute.Float64 && norm.Len() == 1 && scale.Len() == 1,
		"ClipScale", "float64 squares and norm, and one scale", scale, norm, squares)
	dt := mustFloats("ClipScale", scale)
	n := squares.Len()
	b.kernel(by(dt, "clip_scale_f32", "clip_scale_f64")).tensor(scale).tensor(norm).tensor(squares).i64(int64(n)).f64(limit).
		run(gpu.Dim{X: 1}, gpu.Dim{X: min(blockThreads, warp*max(1, ceilDiv(n, warp)))}, 0)
}
