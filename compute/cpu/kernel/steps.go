package kernel

// Step holds the constants of one step of the optimizers below; each reads those that its formula
// names. Each operation is rounded once.
type Step[T Float] struct {
	Clip T // factor on the gradient
	LR   T // η, or the step size
	Eps  T // ε
	Keep T // factor on the old accumulator: momentum μ, or α
	Add  T // factor on what is new in it
	Add2 T // the same of the second accumulator
}

// SGD steps one range of a parameter; without momentum, m is nil and u = g.
//
//	g' = clip · g
//	m = keep · m + g';  u = m
//	p = p − η u
func SGD[T Float](p, m, g []T, s *Step[T]) {
	g = g[:len(p)]
	if m == nil {
		for i := range p {
			p[i] -= T(s.LR * T(s.Clip*g[i]))
		}
		return
	}
	m = m[:len(p)]
	for i := range p {
		u := T(s.Keep*m[i]) + T(s.Clip*g[i])
		m[i] = u
		p[i] -= T(s.LR * u)
	}
}

// RMSProp steps one range of a parameter:
//
//	g' = clip · g
//	a = keep · a + add · g'²
//	p = p − η · (g' / (√a + ε))
func RMSProp[T Float](p, a, g []T, s *Step[T]) {
	a, g = a[:len(p)], g[:len(p)]
	for i := range p {
		gi := s.Clip * g[i]
		ai := T(s.Keep*a[i]) + T(s.Add*T(gi*gi))
		a[i] = ai
		p[i] -= T(s.LR * T(gi/(sqrt(ai)+s.Eps)))
	}
}

// SparseAdam steps the elements of one range whose clipped gradient is not 0 (nor NaN):
//
//	g' = clip · g
//	m = m + add (g' − m)
//	v = v + add2 (g'² − v)
//	p = p − η · (m / (√v + ε))
func SparseAdam[T Float](p, m, v, g []T, s *Step[T]) {
	m, v, g = m[:len(p)], v[:len(p)], g[:len(p)]
	for i := range p {
		gi := s.Clip * g[i]
		if !(gi > 0 || gi < 0) {
			continue
		}
		mi := m[i] + T(s.Add*(gi-m[i]))
		vi := v[i] + T(s.Add2*(T(gi*gi)-v[i]))
		m[i], v[i] = mi, vi
		p[i] -= T(s.LR * T(mi/(sqrt(vi)+s.Eps)))
	}
}

// SparseSGD steps the elements of one range whose clipped gradient is not 0 (nor NaN):
//
//	g' = clip · g
//	m = keep · m + g'
//	p = p − η m
func SparseSGD[T Float](p, m, g []T, s *Step[T]) {
	m, g = m[:len(p)], g[:len(p)]
	for i := range p {
		gi := s.Clip * g[i]
		if !(gi > 0 || gi < 0) {
			continue
		}
		mi := T(s.Keep*m[i]) + gi
		m[i] = mi
		p[i] -= T(s.LR * mi)
	}
}
