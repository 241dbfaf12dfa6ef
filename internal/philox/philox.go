// Package philox makes counter-based random numbers and keyed permutations: each number is a
// function of (seed, purpose, step, element) alone, so it is the same whatever computes it, in
// whatever order, on however many threads, and nothing has to be saved to resume a run but the
// step number.
//
// The generator is Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as
// easy as 1, 2, 3", SC 2011; the tests hold its published known-answer vectors.
package philox

import "math/bits"

// Multipliers and Weyl increments of Philox4x32 (Salmon et al. 2011, table 2).
const (
	mul0  = 0xD2511F53
	mul1  = 0xCD9E8D57
	weyl0 = 0x9E3779B9 // golden ratio
	weyl1 = 0xBB67AE85 // √3 − 1
)

// Rounds is the number of rounds of Philox4x32-10.
const Rounds = 10

// MaxElements is the number of elements that one (seed, purpose, step) can number: four words
// for each value of the first counter word.
const MaxElements = 1 << 34

// Block is one evaluation of Philox4x32-10: four words from a 128-bit counter and a 64-bit key.
// The key's low half is the first key word.
func Block(key uint64, ctr [4]uint32) [4]uint32 {
	k0, k1 := uint32(key), uint32(key>>32)
	for range Rounds {
		hi0, lo0 := bits.Mul32(mul0, ctr[0])
		hi1, lo1 := bits.Mul32(mul1, ctr[2])
		ctr = [4]uint32{hi1 ^ ctr[1] ^ k0, lo1, hi0 ^ ctr[3] ^ k1, lo0}
		k0 += weyl0
		k1 += weyl1
	}
	return ctr
}

// Stream is an endless supply of words for one purpose at one step of one run.
type Stream struct {
	Seed    uint64 // key
	Purpose uint32 // second counter word: what the numbers are for
	Step    uint64 // third (low) and fourth (high) counter word
}

// Block returns the words of elements 4b, 4b+1, 4b+2 and 4b+3.
func (s Stream) Block(b uint32) [4]uint32 {
	return Block(s.Seed, [4]uint32{b, s.Purpose, uint32(s.Step), uint32(s.Step >> 32)})
}

// Word returns the word of one element, 0 <= element < MaxElements.
func (s Stream) Word(element int) uint32 {
	return s.Block(uint32(element / 4))[element%4]
}

// Uniform maps a random word to one of 2²³ numbers in the open interval (0, 1), evenly spaced and
// symmetric about 1/2:
//
//	(⌊x / 2⁹⌋ + 1/2) · 2⁻²³
//
// It is exact in float32: nothing is rounded, and neither 0 nor 1 can occur.
func Uniform(x uint32) float32 {
	return (float32(x>>9) + 0.5) * (1.0 / (1 << 23))
}

// Uniform64 maps a random word to one of 2³² numbers in (0, 1): (x + 1/2) · 2⁻³², exactly.
func Uniform64(x uint32) float64 {
	return (float64(x) + 0.5) * (1.0 / (1 << 32))
}
