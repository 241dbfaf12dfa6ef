//go:build cgo && linux

package cuda

import (
	"math"

	"noise2sparse/compute"
)

// power is the room that SymmetricPower needs, float64; it grows to the largest matrix seen.
type power struct {
	matrices [4]compute.Tensor
	squares  compute.Tensor // [1]
}

func (p *power) reserve(b *backend, n int) {
	if p.matrices[0].Valid() && p.matrices[0].Len() >= n*n {
		return
	}
	for i := range p.matrices {
		p.matrices[i] = b.Alloc(compute.Float64, n*n)
	}
	p.squares = b.Alloc(compute.Float64, 1)
}

// polynomial is x (one − cube · x²), a step of a scaled Newton-Schulz iteration.
type polynomial struct{ one, cube float64 }

// towardsOne are polynomials which, one after the other, take every number from least to 1 to 1, but for
// rounding (Chen and Chow 2014, "A stable scaling of Newton-Schulz for improving the sign function
// computation of a Hermitian matrix"). The scaling ends short of √3, which would take 1 to 0, and what is a
// rounding above it to a negative number.
func towardsOne(least float64) (steps []polynomial) {
	for exact := false; !exact; {
		exact = 1-least < 0x1p-30 // the error is squared once more
		s := min(1.7, math.Sqrt(3/(1+least+least*least)))
		p := polynomial{1.5 * s, 0.5 * s * s * s}
		least = min(least*(p.one-p.cube*least*least), p.one-p.cube)
		steps = append(steps, p)
	}
	return steps
}

// Eigenvalues closer to the floor than 2⁻⁵⁰ of the largest may end on either side of it; square roots of
// what is left, 2⁻⁴⁰ of it at least (Bounds of kernels/symmetric_power.cu), are above 2⁻²¹.
var (
	toSigns = towardsOne(0x1p-50)
	toRoots = towardsOne(0x1p-21)
)

// SymmetricPower finds no eigenvalues: that is work for one thread after another, while products of matrices
// keep a whole device busy, some 150 of them whatever the numbers are. With f the floor, or 2⁻⁴⁰ of a's norm
// if that is more, and polynomials p that take signs, and roots, to 1:
//
//	X = p(… p(a − f I))                       has a − f I's eigenvectors, and its signs as eigenvalues
//	Y = f I + P (a − f I) P, P = (I + X) / 2  a, its eigenvalues at least f
//	T = Z Y,  Y = Y p(T)/T,  Z = p(T)/T Z     from Z = I to Y's square root and its inverse
func (b *backend) SymmetricPower(dst, a compute.Tensor, exponent, floor float64) {
	dt := mustFloats("SymmetricPower", dst, a)
	n := a.Rows()
	must(a.Rank() == 2 && a.Cols() == n && dst.SameShape(a), "SymmetricPower", "two square matrices of one size", dst, a)
	must(floor > 0, "SymmetricPower", "a positive floor", dst, a)
	must(exponent == -1 || exponent == -0.5 || exponent == 0 || exponent == 0.5, "SymmetricPower", "a power of −1, −½, 0 or ½", dst, a)
	if n == 0 {
		return
	}
	p := &b.ops.power
	p.reserve(b, n)
	var m [4]compute.Tensor
	for i, t := range p.matrices {
		m[i] = t.Slice(0, n*n).Reshape(n, n)
	}
	work, x, t, free := m[0], m[1], m[2], m[3]
	product := func(c, a, x compute.Tensor) { b.Matmul(c, a, x, false, false, 1, 0) }
	blend := func(t compute.Tensor, one, factor float64) {
		b.kernel("power_blend").tensor(t).i64(int64(n)).f64(one).f64(factor).elements(n * n)
	}

	b.kernel(by(dt, "power_load_f32", "power_load_f64")).tensor(work).tensor(a).i64(int64(n)).elements(n * n)
	b.Reduce(compute.SumSquares, p.squares, work, compute.All, false)
	b.kernel("power_begin").tensor(x).tensor(work).tensor(p.squares).i64(int64(n)).f64(floor).elements(n * n)
	for _, s := range toSigns {
		product(t, x, x)
		blend(t, s.one, -s.cube)
		product(free, x, t)
		x, free = free, x
	}
	blend(x, 0.5, 0.5)
	product(t, x, work)
	product(free, t, x)

	y, z, free := free, work, x
	b.kernel("power_raise").tensor(y).tensor(z).tensor(p.squares).i64(int64(n)).f64(floor).elements(n * n)
	for _, s := range toRoots {
		product(t, z, y)
		blend(t, s.one, -s.cube)
		product(free, y, t)
		y, free = free, y
		product(free, t, z)
		z, free = free, z
	}
	result := t
	switch exponent {
	case -1:
		product(t, z, z)
	case -0.5:
		result = z
	case 0:
		product(t, z, y)
	case 0.5:
		result = y
	}
	b.kernel(by(dt, "power_end_f32", "power_end_f64")).tensor(dst).tensor(result).tensor(p.squares).i64(int64(n)).f64(exponent).f64(floor).elements(n * n)
}
