//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// power is the room that SymmetricPower needs, float64; it grows to the largest matrix seen.
type power struct {
	room                          int // elements of each
	work, vectors, scaled, result compute.Tensor
	turns                         compute.Tensor
}

func (p *power) reserve(b *backend, n int) {
	if p.room >= n*n {
		return
	}
	p.room = n * n
	for _, t := range []*compute.Tensor{&p.work, &p.vectors, &p.scaled, &p.result} {
		*t = b.Alloc(compute.Float64, n*n)
	}
	p.turns = b.Alloc(compute.Float64, n+1)
}

// SymmetricPower finds eigenvalues by Jacobi's method on one block of threads: meant for matrices of a few
// hundred rows.
func (b *backend) SymmetricPower(dst, a compute.Tensor, exponent, floor float64) {
	dt := mustFloats("SymmetricPower", dst, a)
	n := a.Rows()
	must(a.Rank() == 2 && a.Cols() == n && dst.SameShape(a), "SymmetricPower", "two square matrices of one size", dst, a)
	must(floor > 0, "SymmetricPower", "a positive floor", dst, a)
	if n == 0 {
		return
	}
	p := &b.ops.power
	p.reserve(b, n)
	square := func(t compute.Tensor) compute.Tensor { return t.Slice(0, n*n).Reshape(n, n) }
	work, vectors, scaled, result := square(p.work), square(p.vectors), square(p.scaled), square(p.result)
	b.kernel(by(dt, "symmetric_load_f32", "symmetric_load_f64")).tensor(work).tensor(vectors).tensor(a).i64(int64(n)).elements(n * n)
	b.kernel("jacobi").tensor(work).tensor(vectors).tensor(p.turns).i64(int64(n)).
		run(gpu.Dim{X: 1}, gpu.Dim{X: min(512, max(warp, powerOfTwo(n*n/16)))}, 0)
	b.kernel("eigen_scale").tensor(scaled).tensor(work).tensor(vectors).i64(int64(n)).f64(exponent).f64(floor).elements(n * n)
	b.Matmul(result, vectors, scaled, true, false, 1, 0)
	b.Copy(dst, result)
}
