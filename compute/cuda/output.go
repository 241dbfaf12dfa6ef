//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// OutputMSE implements compute.OutputFuser.
func (b *backend) OutputMSE(total compute.Tensor, o compute.Output, target compute.Tensor, scale, share float64) {
	dt := mustOutput("OutputMSE", o)
	must(target.SameShape(o.Out) && target.DType() == dt && isSum(total), "OutputMSE", "targets of the outputs' shape and type and a float64 sum", o.Out, target, total)
	rows, cols := o.Out.Rows(), o.Out.Cols()
	if o.Out.Len() == 0 {
		compute.OutputMSEComposed(b, total, o, target, scale, share)
		return
	}
	grid, block, _ := strips(rows, cols)
	b.kernel(by(dt, "output_mse_f32", "output_mse_f64")).tensor(total).tensor(o.Out).tensor(o.Bias).tensor(o.Grad).tensor(o.DBias).
		tensor(target).i64(int64(rows)).i64(int64(cols)).float(dt, scale).f64(share).
		partials(grid.Y*cols+grid.X*grid.Y).run(grid, block, 0)
}

// longTail is how many blocks' sums a thread of a loss's last block adds up, without taking much longer than a
// launch of its own would.
const longTail = 256

// fewClasses tells whether the last block of a loss adds up the sums of so many columns by itself.
func fewClasses(rows, cols int) bool {
	grid, block := losses(rows)
	return cols <= block.X && ceilDiv(grid.X, block.X/cols) <= longTail
}

// OutputCrossEntropy implements compute.OutputFuser.
func (b *backend) OutputCrossEntropy(total, correct compute.Tensor, o compute.Output, labels, all, index compute.Tensor, scale float64) {
	dt := mustOutput("OutputCrossEntropy", o)
	rows, cols := o.Out.Rows(), o.Out.Cols()
	must(index.DType() == compute.Int32 && index.Len() == rows && all.DType() == compute.Int32 && all.Cols() == 1 && isSum(total) && isSum(correct),
		"OutputCrossEntropy", "int32 labels, an int32 index for each row and float64 sums", o.Out, all, index, total, correct)
	if o.Out.Len() == 0 || !fewClasses(rows, cols) {
		compute.OutputCrossEntropyComposed(b, total, correct, o, labels, all, index, scale)
		return
	}
	grid, block := losses(rows)
	b.kernel(by(dt, "output_cross_entropy_f32", "output_cross_entropy_f64")).tensor(total).tensor(correct).tensor(o.Out).tensor(o.Bias).
		tensor(o.Grad).tensor(o.DBias).tensor(all).i64(int64(all.Len())).tensor(index).i64(int64(rows)).i64(int64(cols)).
		f64(roundedTo(dt, scale)).partials((2+cols)*grid.X).faults().run(grid, block, 0)
}

func mustOutput(op string, o compute.Output) compute.DType {
	dt := mustFloats(op, o.Out, o.Bias, o.Grad, o.DBias)
	fits := func(t compute.Tensor) bool { return !t.Valid() || t.Len() == o.Out.Cols() }
	must(o.Grad.SameShape(o.Out) && fits(o.Bias) && fits(o.DBias), op, "a gradient of the outputs' shape, and a bias and its gradient for each column",
		o.Out, o.Bias, o.Grad, o.DBias)
	return dt
}

// isSum tells whether t can hold a sum.
func isSum(t compute.Tensor) bool { return t.DType() == compute.Float64 && t.Len() == 1 }

// losses is the grid and block of a cross-entropy: a warp for each row.
func losses(rows int) (grid, block gpu.Dim) {
	return gpu.Dim{X: min(max(1, ceilDiv(rows, lossRows)), maxPartials)}, gpu.Dim{X: warp * lossRows}
}
