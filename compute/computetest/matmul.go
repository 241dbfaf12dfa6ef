package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

var matmulChecks = []check{
	{"Shapes", checkMatmulShapes},
	{"AlphaBeta", checkMatmulAlphaBeta},
	{"NonFinite", checkMatmulNonFinite},
	{"Views", checkMatmulViews},
	{"Panics", checkMatmulPanics},
}

// product is one Matmul: operands in memory order, the sizes and coefficients.
type product struct {
	m, n, k        int
	transA, transB bool
	alpha, beta    float64
}

func (p product) String() string {
	return fmt.Sprintf("Matmul (%d × %d × %d), transposed %v %v, alpha %v, beta %v",
		p.m, p.n, p.k, p.transA, p.transB, p.alpha, p.beta)
}

func (p product) shapeA() []int {
	if p.transA {
		return []int{p.k, p.m}
	}
	return []int{p.m, p.k}
}

func (p product) shapeB() []int {
	if p.transB {
		return []int{p.n, p.k}
	}
	return []int{p.k, p.n}
}

// of returns the product and, for each element, the sum of magnitudes that bounds its rounding.
func (p product) of(a, b, c []float64) (want, size []float64) {
	want, size = make([]float64, p.m*p.n), make([]float64, p.m*p.n)
	for i := range p.m {
		for j := range p.n {
			var s, mag float64
			for l := range p.k {
				x, y := a[i*p.k+l], b[l*p.n+j]
				if p.transA {
					x = a[l*p.m+i]
				}
				if p.transB {
					y = b[j*p.k+l]
				}
				s += x * y
				mag += math.Abs(x * y)
			}
			at := i*p.n + j
			want[at], size[at] = p.alpha*s, math.Abs(p.alpha)*mag
			if p.beta != 0 {
				want[at] += p.beta * c[at]
				size[at] += math.Abs(p.beta * c[at])
			}
		}
	}
	return want, size
}

// run compares one product with its definition. With beta 0 the destination begins as NaN.
func (p product) run(e *env) {
	e.Helper()
	left, right, old := e.normal(p.m*p.k), e.normal(p.k*p.n), e.normal(p.m*p.n)
	a, b, c := e.put(left, p.shapeA()...), e.put(right, p.shapeB()...), e.out(p.m, p.n)
	if p.beta != 0 {
		c.set(old)
	}
	e.b.Matmul(c.Tensor, a.Tensor, b.Tensor, p.transA, p.transB, p.alpha, p.beta)
	want, size := p.of(left, right, old)
	what := fmt.Sprintf("%v at offset %d", p, e.before)
	e.near(what, c.get(), want, func(i int) float64 {
		return (8 + 2*math.Sqrt(float64(p.k))) * e.unit() * size[i]
	})
	e.same(what+": a afterwards", a.get(), left)
	e.same(what+": b afterwards", b.get(), right)
}

// eachTranspose runs p with every combination of transposed operands.
func (p product) eachTranspose(e *env) {
	e.Helper()
	for _, p.transA = range []bool{false, true} {
		for _, p.transB = range []bool{false, true} {
			p.run(e)
		}
	}
}

func checkMatmulShapes(e *env) {
	for _, e := range e.offsets() {
		for _, m := range []int{1, 3, 16, 65} {
			for _, n := range []int{1, 15, 17, 64} {
				for _, k := range []int{1, 17, 63} {
					product{m: m, n: n, k: k, alpha: 1}.eachTranspose(e)
				}
			}
		}
	}
	for _, s := range [][3]int{{3, 5, 1000}, {2, 1025, 3}, {1025, 2, 3}, {130, 131, 129}, {1, 1000, 65}, {1000, 1, 65}, {257, 70, 33}} {
		product{m: s[0], n: s[1], k: s[2], alpha: 1}.eachTranspose(e)
	}
}

func checkMatmulAlphaBeta(e *env) {
	for _, e := range e.offsets() {
		for _, alpha := range []float64{1, -0.5, 1.0 / 3} {
			for _, beta := range []float64{0, 1, -0.25} {
				product{m: 5, n: 17, k: 33, alpha: alpha, beta: beta}.eachTranspose(e)
			}
		}
	}
}

// checkMatmulNonFinite: NaN and infinity in an operand reach exactly the row or column they
// belong to. All other factors are positive, so no library may skip them.
func checkMatmulNonFinite(e *env) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, inA := range []bool{true, false} {
			p := product{m: 5, n: 7, k: 9, alpha: 1}
			left, right := e.normal(p.m*p.k), e.normal(p.k*p.n)
			for i := range left {
				left[i] = math.Abs(left[i]) + 1
			}
			for i := range right {
				right[i] = math.Abs(right[i]) + 1
			}
			if inA {
				left[2*p.k+3] = bad
			} else {
				right[3*p.n+2] = bad
			}
			c := e.out(p.m, p.n)
			e.b.Matmul(c.Tensor, e.put(left, p.m, p.k).Tensor, e.put(right, p.k, p.n).Tensor, false, false, 1, 0)
			want, size := p.of(left, right, nil)
			e.near(fmt.Sprintf("Matmul with %v", bad), c.get(), want, func(i int) float64 { return 16 * e.unit() * size[i] })
		}
	}
}

// checkMatmulViews multiplies row ranges of larger tensors, as the last, smaller batch does.
func checkMatmulViews(e *env) {
	left, right := e.normal(10*13), e.normal(13*7)
	a, b, c := e.put(left, 10, 13), e.put(right, 13, 7), e.out(10, 7)
	e.b.Matmul(c.Slice(2, 7), a.Slice(3, 8), b.Tensor, false, false, 1, 0)
	want := make([]float64, 70)
	for i := range want {
		want[i] = math.NaN()
	}
	p := product{m: 5, n: 7, k: 13, alpha: 1}
	part, size := p.of(left[3*13:8*13], right, nil)
	copy(want[14:], part)
	e.near("Matmul of rows 3 to 8 into rows 2 to 7", c.get(), want, func(i int) float64 {
		return 16 * e.unit() * size[i-14]
	})
}

func checkMatmulPanics(e *env) {
	a, b, c := e.zeros(2, 3), e.zeros(3, 4), e.zeros(2, 4)
	mm := func(c, a, b compute.Tensor, transA, transB bool) func() {
		return func() { e.b.Matmul(c, a, b, transA, transB, 1, 0) }
	}
	e.mustPanic([]misuse{
		{"Matmul", []string{"[2 3]", "[3 4]"}, mm(c, a, b, true, false)},
		{"Matmul", []string{"[2 3]", "[3 4]"}, mm(c, a, b, false, true)},
		{"Matmul", []string{"[4 2]", "[2 3]", "[3 4]"}, mm(e.zeros(4, 2), a, b, false, false)},
		{"Matmul", []string{"[8]"}, mm(e.zeros(8), a, b, false, false)},
		{"Matmul", []string{"float32", "float64"}, mm(c, a, e.b.Alloc(e.otherFloat(), 3, 4), false, false)},
		{"Matmul", []string{"int32"}, mm(e.b.Alloc(compute.Int32, 2, 4), a, b, false, false)},
	})
}
