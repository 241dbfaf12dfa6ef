package kernel

import "math"

// AdamStep holds the constants of one step of Adam.
type AdamStep[T Float] struct {
	Clip      T // factor on the gradient: min(1, clip_norm / (norm + 1e-6)), or 1
	Beta1     T
	OneMinus1 T // 1 − β1, rounded from float64
	Beta2     T
	OneMinus2 T // 1 − β2, rounded from float64
	StepSize  T // η / (1 − β1ᵗ)
	RootBC2   T // √(1 − β2ᵗ)
	Eps       T
	Decay     T // 1 − η·weight_decay, or 1
}

// Adam steps one range of a parameter (Kingma and Ba 2015, algorithm 1, in the order of
// operations of torch.optim.Adam), each operation rounded once:
//
//	g' = clip · g
//	m = β1 m + (1 − β1) g'
//	v = β2 v + (1 − β2) g'²
//	p = decay · p − stepsize · (m / (√v / rootbc2 + ε))
//
// All of p, m, v, g have the length of p. g is only read.
func Adam[T Float](p, m, v, g []T, s *AdamStep[T]) {
	m, v, g = m[:len(p)], v[:len(p)], g[:len(p)]
	for i := range p {
		gi := s.Clip * g[i]
		mi := T(s.Beta1*m[i]) + T(s.OneMinus1*gi)
		vi := T(s.Beta2*v[i]) + T(s.OneMinus2*T(gi*gi))
		m[i], v[i] = mi, vi
		denominator := T(sqrt(vi)/s.RootBC2) + s.Eps
		p[i] = T(s.Decay*p[i]) - T(s.StepSize*T(mi/denominator))
	}
}

// sqrt is the correctly rounded root. Through float64 it stays correctly rounded for float32,
// since 53 bits are more than twice 24 plus two (Figueroa 1995).
func sqrt[T Float](v T) T { return T(math.Sqrt(float64(v))) }
