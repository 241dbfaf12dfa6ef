package golden_test

import "math"

// mat is a matrix (r × c) of float64 with its gradient: a step of a computation on a tape. The oracle is
// a straight-line reading of FORMAT.md in float64, which shares no code with the networks: derivatives
// come from the tape.
type mat struct {
	r, c int
	v, g []float64
}

func newMat(r, c int) *mat { return &mat{r, c, make([]float64, r*c), make([]float64, r*c)} }

func (m *mat) row(i int) []float64  { return m.v[i*m.c : (i+1)*m.c] }
func (m *mat) grow(i int) []float64 { return m.g[i*m.c : (i+1)*m.c] }

// tape is what was computed so far, and how gradients go back through it.
type tape struct{ back []func() }

// reverse carries gradients from the last step to the first.
func (t *tape) reverse() {
	for i := len(t.back) - 1; i >= 0; i-- {
		t.back[i]()
	}
}

func (t *tape) step(back func()) { t.back = append(t.back, back) }

// mul is a bᵀ, or a b.
func (t *tape) mul(a, b *mat, transposed bool) *mat {
	n, at := b.c, func(k, j int) int { return k*b.c + j }
	if transposed {
		n, at = b.r, func(k, j int) int { return j*b.c + k }
	}
	y := newMat(a.r, n)
	for i := range a.r {
		for j := range n {
			for k := range a.c {
				y.v[i*n+j] += a.v[i*a.c+k] * b.v[at(k, j)]
			}
		}
	}
	t.step(func() {
		for i := range a.r {
			for j := range n {
				for k := range a.c {
					a.g[i*a.c+k] += y.g[i*n+j] * b.v[at(k, j)]
					b.g[at(k, j)] += y.g[i*n+j] * a.v[i*a.c+k]
				}
			}
		}
	})
	return y
}

// add is x + s·y, where y may be one row for all (a bias) or one number.
func (t *tape) add(x, y *mat, s float64) *mat {
	z := newMat(x.r, x.c)
	for i, v := range x.v {
		z.v[i] = v + s*y.v[i%len(y.v)]
	}
	t.step(func() {
		for i, g := range z.g {
			x.g[i] += g
			y.g[i%len(y.v)] += s * g
		}
	})
	return z
}

// each is f of each number, with its derivative.
func (t *tape) each(x *mat, f, slope func(float64) float64) *mat {
	y := newMat(x.r, x.c)
	for i, v := range x.v {
		y.v[i] = f(v)
	}
	t.step(func() {
		for i, g := range y.g {
			x.g[i] += g * slope(x.v[i])
		}
	})
	return y
}

func relu(x float64) float64 { return max(x, 0) }

// above is 1 above 0, else 0: the slope of relu.
func above(x float64) float64 {
	if x > 0 {
		return 1
	}
	return 0
}

func (t *tape) relu(x *mat) *mat { return t.each(x, relu, above) }

// weigh is x ∘ w for constant weights, each of which depends on k with the derivative slope; k may be nil.
func (t *tape) weigh(x *mat, w, slope []float64, k *mat) *mat {
	y := newMat(x.r, x.c)
	for i, v := range x.v {
		y.v[i] = v * w[i]
	}
	t.step(func() {
		for i, g := range y.g {
			x.g[i] += g * w[i]
			if k != nil {
				k.g[0] += g * x.v[i] * slope[i]
			}
		}
	})
	return y
}

// unit is each row divided by its length.
func (t *tape) unit(x *mat) *mat {
	y := newMat(x.r, x.c)
	norms := make([]float64, x.r)
	for i := range x.r {
		norms[i] = length(x.row(i))
		for j, v := range x.row(i) {
			y.row(i)[j] = v / norms[i]
		}
	}
	t.step(func() {
		for i := range x.r {
			dot := 0.0
			for j, g := range y.grow(i) {
				dot += g * y.row(i)[j]
			}
			for j, g := range y.grow(i) {
				x.grow(i)[j] += (g - dot*y.row(i)[j]) / norms[i]
			}
		}
	})
	return y
}

func length(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	return math.Sqrt(s)
}
