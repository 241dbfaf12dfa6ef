//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// mustMaxPool checks the operands of MaxPool and its way back, and returns the geometry of the images x.
func mustMaxPool(op string, y, index, x compute.Tensor, w compute.Window) images {
	s := shape(op, x)
	windows(op, s, w, y, index, x)
	must(w.Pad <= w.Size/2 && y.Rank() == 4 && y.SameShape(index) && index.DType() == compute.Int32 &&
		y.Dim(0) == s.b && y.Dim(1) == w.Out(s.h) && y.Dim(2) == w.Out(s.w) && y.Dim(3) == s.c,
		op, "a number and an int32 index for each window and channel, and a border of at most half a window", y, index, x)
	return s
}

func (b *backend) MaxPool(y, index, x compute.Tensor, w compute.Window) {
	dt := mustFloats("MaxPool", y, x)
	s := mustMaxPool("MaxPool", y, index, x, w)
	n := s.b * w.Out(s.h) * w.Out(s.w)
	b.kernel(by(dt, "max_pool_f32", "max_pool_f64")).tensor(y).tensor(index).tensor(x).i64(int64(n)).window(s, w).over(n, s.c)
}

func (b *backend) MaxPoolBackward(dx, dy, index compute.Tensor, w compute.Window) {
	dt := mustFloats("MaxPoolBackward", dx, dy)
	s := mustMaxPool("MaxPoolBackward", dy, index, dx, w)
	b.kernel(by(dt, "max_pool_backward_f32", "max_pool_backward_f64")).tensor(dx).tensor(dy).tensor(index).
		i64(int64(s.positions())).window(s, w).over(s.positions(), s.c)
}

// mustMeanPool checks a number y for each image and channel of x, and returns x's geometry.
func mustMeanPool(op string, y, x compute.Tensor) images {
	s := shape(op, x)
	must(y.Rank() == 2 && y.Rows() == s.b && y.Cols() == s.c && s.h*s.w > 0, op, "a number for each image and channel", y, x)
	return s
}

func (b *backend) MeanPool(y, x compute.Tensor) {
	dt := mustFloats("MeanPool", y, x)
	s := mustMeanPool("MeanPool", y, x)
	if x.Len() == 0 {
		return
	}
	b.kernel(by(dt, "mean_pool_f32", "mean_pool_f64")).tensor(y).tensor(x).i64(int64(s.b)).i64(int64(s.h*s.w)).i32(s.c).
		run(gpu.Dim{X: ceilDiv(s.c, strip), Y: min(s.b, maxGridY)}, gpu.Dim{X: strip, Y: tall}, 0)
}

func (b *backend) MeanPoolBackward(dx, dy compute.Tensor) {
	dt := mustFloats("MeanPoolBackward", dx, dy)
	s := mustMeanPool("MeanPoolBackward", dy, dx)
	b.kernel(by(dt, "mean_pool_backward_f32", "mean_pool_backward_f64")).tensor(dx).tensor(dy).
		i64(int64(s.b)).i64(int64(s.h*s.w)).i32(s.c).over(s.positions(), s.c)
}
