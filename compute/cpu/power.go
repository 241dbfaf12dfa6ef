package cpu

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/gonum"

	"noise2sparse/compute"
)

// power is the room that SymmetricPower needs, in float64; it grows to the largest matrix seen.
type power struct {
	n            int
	vectors      compute.Tensor // (n × n) eigenvectors in columns
	scaled       compute.Tensor // (n × n) the same, times λ^power
	result       compute.Tensor // (n × n)
	values, work []float64
}

func (p *power) reserve(b *backend, n int) {
	if p.n == n {
		return
	}
	if p.vectors.Len() < n*n || !p.vectors.Valid() {
		p.vectors = b.Alloc(compute.Float64, n*n)
		p.scaled = b.Alloc(compute.Float64, n*n)
		p.result = b.Alloc(compute.Float64, n*n)
		p.values = make([]float64, n)
		size := make([]float64, 1)
		gonum.Implementation{}.Dsyev(lapack.EVCompute, blas.Lower, n, nil, max(1, n), nil, size, -1)
		p.work = make([]float64, int(size[0]))
	}
	p.n = n
}

// SymmetricPower uses LAPACK's Dsyev in gonum's translation to Go: about a millisecond for 96 rows
// and seconds for 1,000. From about 150 rows on, gonum shares its products among goroutines that it
// starts itself, and so allocates; the result does not depend on their number.
func (b *backend) SymmetricPower(dst, a compute.Tensor, exponent, floor float64) {
	mustFloats("SymmetricPower", dst, a)
	n := a.Rows()
	must(a.Rank() == 2 && a.Cols() == n && dst.SameShape(a), "SymmetricPower", "two square matrices of one size", dst, a)
	must(floor > 0, "SymmetricPower", "a positive floor", dst, a)
	if n == 0 {
		return
	}
	p := &b.power
	p.reserve(b, n)
	square := func(t compute.Tensor) compute.Tensor { return t.Slice(0, n*n).Reshape(n, n) }
	vectors, scaled, result := square(p.vectors), square(p.scaled), square(p.result)
	b.Copy(vectors, a)
	v := elems[float64](vectors)
	if !finite(v) || !(gonum.Implementation{}).Dsyev(lapack.EVCompute, blas.Lower, n, v, n, p.values[:n], p.work, len(p.work)) {
		b.Fill(dst, math.NaN())
		return
	}
	scale := p.values[:n]
	for j, w := range scale {
		scale[j] = math.Pow(max(w, floor), exponent)
	}
	s := elems[float64](scaled)
	for i := range n {
		for j, w := range scale {
			s[i*n+j] = v[i*n+j] * w
		}
	}
	b.Matmul(result, scaled, vectors, false, true, 1, 0)
	b.Copy(dst, result)
}

func finite(v []float64) bool {
	for _, x := range v {
		if x-x != 0 { // Inf − Inf and NaN − NaN are NaN
			return false
		}
	}
	return true
}
