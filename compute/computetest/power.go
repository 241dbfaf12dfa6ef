package computetest

import (
	"fmt"
	"math"
)

// checkSymmetricPower: powers are what their definition says, told without eigenvalues. With A
// symmetric and positive, A^(−1) A = I, and A^(−1/2) A^(−1/2) A = I.
func checkSymmetricPower(e *env) {
	for _, e := range e.offsets() {
		for _, n := range []int{1, 2, 3, 17, 64, 65, 100} {
			a := e.positive(n)
			for i, power := range []float64{-1, -0.5, 0.5, 0} {
				// The power is the last that happens to eigenvalues: large matrices take turns.
				if n > 17 && !thorough && (e.before > 0 || n%3 != i) {
					continue
				}
				what := fmt.Sprintf("power %v of (%d × %d) at offset %d", power, n, n, e.before)
				x, dst := e.put(upperGarbage(a, n), n, n), e.out(n, n)
				e.b.SymmetricPower(dst.Tensor, x.Tensor, power, 1e-12)
				e.same(what+": a afterwards", x.get(), upperGarbage(a, n))
				got := dst.get()
				product, want := got, identity(n)
				switch power {
				case -1:
					product = multiply(got, a, n)
				case -0.5:
					product = multiply(multiply(got, got, n), a, n)
				case 0.5:
					product, want = multiply(got, got, n), a
				}
				// The condition number is below 10: errors are a few roundoffs of each row's sums.
				tol := 40 * float64(n) * (e.unit() + 0x1p-48)
				e.near(what, product, want, within(tol))
				e.b.SymmetricPower(x.Tensor, x.Tensor, power, 1e-12)
				e.same(what+" in place", x.get(), got)
			}
		}
	}
	e.powerFloor()
	e.powerOfCorrelations()
	e.powerNotFinite()
}

// powerOfCorrelations: few gradients' correlations beside ε·I, which many eigenvalues equal, as in Shampoo;
// and ε·I alone, where the floor is.
func (e *env) powerOfCorrelations() {
	const n, few, eps, condition = 33, 5, 1e-4, 1e4
	g, a, only := e.normal(few*n), make([]float64, n*n), make([]float64, n*n)
	for i := range n {
		for j := range n {
			for k := range few {
				a[i*n+j] += g[k*n+i] * g[k*n+j] * eps * condition / (4 * n)
			}
		}
		a[i*n+i] += eps
		only[i*n+i] = e.round(eps)
	}
	for i, v := range a {
		a[i] = e.round(v)
	}
	dst := e.out(n, n)
	for _, power := range []float64{-1, -0.5} {
		e.b.SymmetricPower(dst.Tensor, e.put(a, n, n).Tensor, power, eps/2)
		product := dst.get()
		if power == -0.5 {
			product = multiply(product, product, n)
		}
		e.near(fmt.Sprintf("power %v of correlations", power), multiply(product, a, n), identity(n), within(n*condition*(e.unit()+0x1p-48)))
		e.b.SymmetricPower(dst.Tensor, e.put(only, n, n).Tensor, power, eps)
		want := identity(n)
		for i := range n {
			want[i*n+i] = math.Pow(eps, power)
		}
		e.near(fmt.Sprintf("power %v of the floor", power), dst.get(), want, within(16*e.unit()*math.Pow(eps, power)))
	}
}

// powerFloor: eigenvalues below the floor, negative ones too, count as the floor.
func (e *env) powerFloor() {
	x, dst := e.put([]float64{-4, 0, 0, 0, 1e-20, 0, 0, 0, 16}, 3, 3), e.out(3, 3)
	e.b.SymmetricPower(dst.Tensor, x.Tensor, -0.5, 0.25)
	e.near("power with a floor", dst.get(), []float64{2, 0, 0, 0, 2, 0, 0, 0, 0.25}, within(8*e.unit()))
}

func (e *env) powerNotFinite() {
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		dst := e.out(2, 2)
		e.b.SymmetricPower(dst.Tensor, e.put([]float64{1, 0, bad, 1}, 2, 2).Tensor, -0.5, 1e-4)
		nan := math.NaN()
		e.same(fmt.Sprintf("power of a matrix with %v", bad), dst.get(), []float64{nan, nan, nan, nan})
	}
}

// positive is a symmetric matrix with eigenvalues from 1 to less than 10.
func (e *env) positive(n int) []float64 {
	b := e.normal(n * n)
	a := identity(n)
	for i := range n {
		for j := range n {
			var s float64
			for k := range n {
				s += b[i*n+k] * b[j*n+k]
			}
			a[i*n+j] = e.round(a[i*n+j] + s/float64(n)) // ‖B Bᵀ/n‖ is about 4 at most
		}
	}
	return a
}

// upperGarbage is a with other numbers above its diagonal, which must not be read.
func upperGarbage(a []float64, n int) []float64 {
	out := append([]float64{}, a...)
	for i := range n {
		for j := i + 1; j < n; j++ {
			out[i*n+j] = 1000
		}
	}
	return out
}

func identity(n int) []float64 {
	a := make([]float64, n*n)
	for i := range n {
		a[i*n+i] = 1
	}
	return a
}

func multiply(x, y []float64, n int) []float64 {
	z := make([]float64, n*n)
	for i := range n {
		for k := range n {
			for j := range n {
				z[i*n+j] += x[i*n+k] * y[k*n+j]
			}
		}
	}
	return z
}
