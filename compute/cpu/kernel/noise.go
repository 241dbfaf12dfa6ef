package kernel

import (
	"fmt"
	"math"

	"noise2sparse/internal/philox"
)

// NoiseKind is a distribution.
type NoiseKind uint8

// The distributions, with their one parameter, the amount a. From one 32-bit word x per element
// (two for a pair of gaussians), everything in float32, every operation rounded once:
//
//	Gaussian     mean 0, standard deviation a; a·√(−2 ln u(x0))·(cos, sin)(2π x1/2³²)
//	             for elements 2i and 2i+1 from their words x0 and x1 (Box and Muller 1958).
//	             |noise| is at most 6.77 a, which a true gaussian exceeds once in 7.5e10 draws.
//	Laplace      mean 0, scale a (standard deviation a√2); ±a·(−ln u), the sign from the lowest
//	             bit of x, u from the other 31. |noise| is at most 22.2 a.
//	Exponential  RATE a, mean 1/a; (1/a)·(−ln u(x)). At most 22.9/a.
//	Poisson      rate a: integers ≥ 0 with mean a, not centred; the number of thresholds
//	             ⌊2³² P(X ≤ k)⌉ that x reaches. Values rarer than 2⁻³³ never occur.
//
// where u(x) = x·2⁻³² + 2⁻³³ in (0, 1], x converted to float32 first.
const (
	Gaussian NoiseKind = iota
	Laplace
	Exponential
	Poisson
)

// MaxPoissonRate is the largest rate of Poisson noise. Above it the table of thresholds would
// outgrow its fixed room; a rate above 256 is far beyond any input scaled to [0, 1] anyway.
const MaxPoissonRate = 256

// poissonRoom holds the thresholds between 2⁻³³ and 1 − 2⁻³³ of any allowed rate.
const poissonRoom = 256

// Noise is a distribution with its parameter, ready to draw from. The zero value is no noise.
type Noise struct {
	Kind  NoiseKind
	Scale float32 // factor on the standard variate: σ, b or 1/rate; for Poisson unused

	// Poisson: a word x becomes Base plus the number of Thresholds[:Count] that are ≤ x.
	Base       float32
	Count      int
	Thresholds [poissonRoom]uint32
}

// Set prepares a distribution without allocating. The amount must be finite and not negative; for
// Exponential and Poisson positive; for Poisson at most MaxPoissonRate.
func (n *Noise) Set(kind NoiseKind, amount float64) error {
	switch {
	case kind > Poisson:
		return fmt.Errorf("unknown noise kind %d", kind)
	case math.IsNaN(amount) || math.IsInf(amount, 0) || amount < 0:
		return fmt.Errorf("%v noise of amount %v: it must be a finite number, at least 0", kind, amount)
	case amount == 0 && (kind == Exponential || kind == Poisson):
		return fmt.Errorf("%v noise of rate 0: a rate must be positive", kind)
	case kind == Poisson && amount > MaxPoissonRate:
		return fmt.Errorf("poisson noise of rate %v: rates up to %d are supported", amount, MaxPoissonRate)
	}
	n.Kind = kind
	switch kind {
	case Exponential:
		n.Scale = float32(1 / amount)
	case Poisson:
		n.setPoisson(amount)
	default:
		n.Scale = float32(amount)
	}
	return nil
}

// String is the distribution's name in experiment files.
func (k NoiseKind) String() string {
	if k > Poisson {
		return fmt.Sprintf("noise(%d)", uint8(k))
	}
	return [...]string{"gaussian", "laplace", "exponential", "poisson"}[k]
}

// AddNoise sets dst = src + noise, where dst[0] is element first of its tensor, a multiple of 4.
// The noise of an element depends on (first + i, stream) alone, not on how a tensor is cut. For
// float64 the float32 noise is widened, so that both types see the same noise. src may be dst,
// or nil for the noise alone.
func AddNoise[T Float](dst, src []T, first int, n *Noise, s philox.Stream) {
	CheckElements(first, len(dst))
	if src == nil {
		clear(dst)
		src = dst
	}
	src = src[:len(dst)]
	var z [4]float32
	for i := 0; i < len(dst); i += 4 {
		n.draw(&z, s.Block(uint32((first+i)/4)))
		for j := i; j < min(i+4, len(dst)); j++ {
			dst[j] = src[j] + T(z[j-i])
		}
	}
}

// FillUniform sets dst to numbers uniform in (lo, hi), lo + (hi − lo)·philox.Uniform(word), where
// dst[0] is element first of its tensor, a multiple of 4; hi − lo is rounded to T first.
func FillUniform[T Float](dst []T, first int, lo, hi float64, s philox.Stream) {
	CheckElements(first, len(dst))
	low, width := T(lo), T(hi-lo)
	for i := 0; i < len(dst); i += 4 {
		w := s.Block(uint32((first + i) / 4))
		for j := i; j < min(i+4, len(dst)); j++ {
			dst[j] = low + T(width*T(philox.Uniform(w[j-i])))
		}
	}
}

// KeepMask sets dst to 0 where philox.Uniform(word) is below drop, else to 1/(1 − drop). dst[0] is
// element first of its tensor, a multiple of 4.
func KeepMask[T Float](dst []T, first int, drop float64, s philox.Stream) {
	CheckElements(first, len(dst))
	kept := T(1 / (1 - drop))
	for i := 0; i < len(dst); i += 4 {
		w := s.Block(uint32((first + i) / 4))
		for j := i; j < min(i+4, len(dst)); j++ {
			if dst[j] = kept; float64(philox.Uniform(w[j-i])) < drop {
				dst[j] = 0
			}
		}
	}
}

// CheckElements panics where elements could not be numbered.
func CheckElements(first, n int) {
	if first < 0 || first%4 != 0 || first+n > philox.MaxElements {
		panic(fmt.Sprintf("kernel: random numbers for elements %d to %d: the first must be a multiple of 4, the last below 2^34", first, first+n))
	}
}

// draw turns one block of words into the noise of its four elements.
func (n *Noise) draw(z *[4]float32, w [4]uint32) {
	switch n.Kind {
	case Gaussian:
		for i := 0; i < 4; i += 2 {
			radius := n.Scale * float32(math.Sqrt(float64(2*negLog(unit(w[i])))))
			c, s := cosSinTurn(w[i+1])
			z[i], z[i+1] = radius*c, radius*s
		}
	case Laplace:
		for i, x := range w {
			v := n.Scale * negLog(unit31(x>>1))
			z[i] = flip(v, x<<31)
		}
	case Exponential:
		for i, x := range w {
			z[i] = n.Scale * negLog(unit(x))
		}
	case Poisson:
		for i, x := range w {
			z[i] = n.poisson(x)
		}
	}
}
