//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// images is the geometry of x (B × H × W × C).
type images struct{ b, h, w, c int }

func shape(op string, x compute.Tensor) images {
	must(x.Rank() == 4, op, "images (B × H × W × C)", x)
	return images{x.Dim(0), x.Dim(1), x.Dim(2), x.Dim(3)}
}

func (s images) positions() int { return s.b * s.h * s.w }

// window passes images of shape s and how a window moves over them: the parameters of kernels/images.cuh
// from height on.
func (l *launch) window(s images, w compute.Window) *launch {
	return l.i32(s.h).i32(s.w).i32(s.c).i32(w.Size).i32(w.Stride).i32(w.Pad).i32(w.Out(s.h)).i32(w.Out(s.w))
}

// windows checks that w fits into images of shape s, and returns how many there are.
func windows(op string, s images, w compute.Window, of ...compute.Tensor) int {
	must(w.Size > 0 && w.Stride > 0 && w.Pad >= 0 && w.Out(s.h) > 0 && w.Out(s.w) > 0, op, "images that the window fits into", of...)
	return s.b * w.Out(s.h) * w.Out(s.w)
}

// over runs the kernel with a thread for every few elements of a matrix (rows × cols).
func (l *launch) over(rows, cols int) {
	if rows*cols == 0 {
		return
	}
	grid, block := l.b.plane(rows, cols)
	l.run(grid, block, 0)
}

func (b *backend) Transpose(dst, src compute.Tensor) {
	dt := mustFloats("Transpose", dst, src)
	must(src.Rank() == 3 && dst.Rank() == 3 && dst.Dim(0) == src.Dim(0) && dst.Dim(1) == src.Dim(2) && dst.Dim(2) == src.Dim(1),
		"Transpose", "(B × m × n) to become (B × n × m)", dst, src)
	if src.Len() == 0 {
		return
	}
	count, m, n := src.Dim(0), src.Dim(1), src.Dim(2)
	grid, block := tiles(count, m, n)
	b.kernel(by(dt, "transpose_f32", "transpose_f64")).tensor(dst).tensor(src).i64(int64(count)).i64(int64(m)).i64(int64(n)).run(grid, block, 0)
}

// tiles is the grid and block of kernels/transpose.cu for matrices (m × n).
func tiles(count, m, n int) (grid, block gpu.Dim) {
	const side = 32
	return gpu.Dim{X: ceilDiv(n, side), Y: ceilDiv(m, side), Z: min(count, maxGridY)}, gpu.Dim{X: side, Y: 8}
}

// mustPatches checks the operands of Patches and its adjoint, and returns the images' geometry.
func mustPatches(op string, rows, x compute.Tensor, w compute.Window) images {
	s := shape(op, x)
	n := windows(op, s, w, rows, x)
	must(rows.Rank() == 2 && rows.Rows() == n && rows.Cols() == w.Size*w.Size*s.c, op, "a row of k·k·C for each window", rows, x)
	return s
}

func (b *backend) Patches(dst, x compute.Tensor, w compute.Window) {
	dt := mustFloats("Patches", dst, x)
	s := mustPatches("Patches", dst, x, w)
	b.kernel(by(dt, "patches_f32", "patches_f64")).tensor(dst).tensor(x).i64(int64(dst.Rows())).window(s, w).over(dst.Rows(), dst.Cols())
}

func (b *backend) SumPatches(dx, patches compute.Tensor, w compute.Window) {
	dt := mustFloats("SumPatches", dx, patches)
	s := mustPatches("SumPatches", patches, dx, w)
	b.kernel(by(dt, "sum_patches_f32", "sum_patches_f64")).tensor(dx).tensor(patches).i64(int64(s.positions())).window(s, w).over(s.positions(), s.c)
}

func (b *backend) Augment(dst, src compute.Tensor, a compute.Augmentation, step compute.Tensor) {
	dt := mustFloats("Augment", dst, src)
	must(dst.Rank() == 4 && dst.SameShape(src) && a.Pad >= 0 && a.Pad < 1<<30 && step.DType() == compute.Int64 && step.Len() == 1,
		"Augment", "two tensors (B × C × H × W), a border of at least 0 and an int64 step", dst, src, step)
	if src.Len() == 0 {
		return
	}
	b.kernel(by(dt, "augment_f32", "augment_f64")).tensor(dst).tensor(src).i64(int64(src.Dim(1))).i32(src.Dim(2)).i32(src.Dim(3)).
		i32(a.Pad).flag(a.Flip).u64(a.Seed).u32(uint32(a.Purpose)).tensor(step).
		run(gpu.Dim{X: src.Rows()}, gpu.Dim{X: min(blockThreads, powerOfTwo(src.Cols()))}, 0)
}
