package data

import "math/rand/v2"

// random draws what generated data is made of. Each image or sample has a generator of its own
// (PCG-DXSM, seeded by the dataset's seed and its number), so the data do not depend on the
// number of threads. Only +, -, *, / and the square root are used, each rounded on its own (the
// float64 conversions keep the compiler from fusing them): the bits agree on every machine.
type random struct{ *rand.PCG }

// newRandom is the generator of stream number i under a seed.
func newRandom(seed uint64, i int) random { return random{rand.NewPCG(seed, uint64(i))} }

// float is uniform in [0, 1), a multiple of 2^-53.
func (r random) float() float64 { return float64(r.Uint64()>>11) / (1 << 53) }

// intn is uniform in [0, n), up to a bias of n/2^53.
func (r random) intn(n int) int { return int(float64(r.float() * float64(n))) }

// normal is the sum of 12 uniform numbers less 6 (Irwin-Hall): mean 0, variance 1, and close to
// a normal distribution within three standard deviations. It needs no logarithm.
func (r random) normal() float64 {
	s := 0.0
	for range 12 {
		s += r.float()
	}
	return s - 6
}
