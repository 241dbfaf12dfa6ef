//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// mustDepthwise checks images of one shape and kernels, and returns the geometry and the kernels' side.
func mustDepthwise(op string, y, x, w compute.Tensor) (s images, k int) {
	s = shape(op, x)
	must(y.SameShape(x) && w.Rank() == 4 && w.Dim(0) == s.c && w.Dim(1) == 1 && w.Dim(2) == w.Dim(3) && w.Dim(2) > 0,
		op, "images of one shape and kernels (C × 1 × k × k)", y, x, w)
	return s, w.Dim(2)
}

func (b *backend) Depthwise(y, x, w, bias compute.Tensor) {
	mustFloats("Depthwise", y, x, w, bias)
	s, k := mustDepthwise("Depthwise", y, x, w)
	must(!bias.Valid() || bias.Len() == s.c, "Depthwise", "a bias for each channel", y, x, w, bias)
	b.depthwise(y, x, w, bias, s, k, (k-1)/2, false)
}

func (b *backend) DepthwiseInput(dx, dy, w compute.Tensor) {
	mustFloats("DepthwiseInput", dx, dy, w)
	s, k := mustDepthwise("DepthwiseInput", dx, dy, w)
	b.depthwise(dx, dy, w, compute.Tensor{}, s, k, k-1-(k-1)/2, true)
}

func (b *backend) depthwise(y, x, w, bias compute.Tensor, s images, k, before int, turned bool) {
	if x.Len() == 0 {
		return
	}
	taps := b.room(int64(w.Bytes())) // neighbouring threads have neighbouring channels
	grid, block := tiles(1, s.c, k*k)
	b.kernel(by(w.DType(), "transpose_f32", "transpose_f64")).ptr(taps).tensor(w).i64(1).i64(int64(s.c)).i64(int64(k*k)).run(grid, block, 0)
	b.kernel(by(x.DType(), "depthwise_f32", "depthwise_f64")).tensor(y).tensor(x).ptr(taps).tensor(bias).i64(int64(s.positions())).
		i32(s.h).i32(s.w).i32(s.c).i32(k).i32(before).flag(turned).over(s.positions(), s.c)
}

func (b *backend) DepthwiseWeight(dw, dbias, dy, x compute.Tensor) {
	dt := mustFloats("DepthwiseWeight", dw, dbias, dy, x)
	s, k := mustDepthwise("DepthwiseWeight", dy, x, dw)
	must(!dbias.Valid() || dbias.Len() == s.c, "DepthwiseWeight", "a bias for each channel", dw, dbias, dy, x)
	if s.c > 0 {
		across := ceilDiv(s.c, strip)
		chunks := chunksOf(s.b*s.h, across*k*k)
		b.kernel(by(dt, "depthwise_weight_f32", "depthwise_weight_f64")).tensor(dw).tensor(dy).tensor(x).i64(int64(s.b)).
			i32(s.h).i32(s.w).i32(s.c).i32(k).partials(chunks*k*k*s.c).run(gpu.Dim{X: across, Y: k * k, Z: chunks}, gpu.Dim{X: strip, Y: tall}, 0)
	}
	if dbias.Valid() {
		b.Reduce(compute.Sum, dbias, dy.Reshape(s.positions(), s.c), compute.Columns, false)
	}
}
