package philox

import (
	"fmt"
	"math/bits"
)

// Permutation is a pseudo-random bijection of 0..n-1 that needs no memory: any element of any
// epoch's order is computed on its own. It is a balanced Feistel network on the 2ʰ·2ʰ numbers of
// the smallest even number of bits that holds n (and at least minHalf·2 bits), with cycle walking
// (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002): a result outside
// 0..n-1 is encrypted again, which ends because the network is itself a bijection.
//
// The round function is the 32-bit finaliser of MurmurHash3 over the half and a round key; round
// keys are Philox words of (seed, epoch).
type Permutation struct {
	n    uint32
	half uint32 // bits of each half
	keys [feistelRounds]uint32
}

const (
	// feistelRounds is 12 where 4 would do for large domains, since small ones mix less per round.
	feistelRounds = 12
	// minHalf keeps tiny permutations uniform: on 2-bit halves some orders would never occur.
	minHalf = 3
	// permutePurpose is the counter word that separates round keys from all other numbers.
	permutePurpose = 4
)

// MaxPermutation is the largest n: indices are int32 on every device.
const MaxPermutation = 1<<31 - 1

// NewPermutation prepares the order of n things in one epoch. It panics unless
// 1 <= n <= MaxPermutation.
func NewPermutation(seed, epoch uint64, n int) Permutation {
	if n < 1 || n > MaxPermutation {
		panic(fmt.Sprintf("philox: permutation of %d things; 1 to %d are possible", n, MaxPermutation))
	}
	p := Permutation{n: uint32(n)}
	p.half = max(uint32(bits.Len32(p.n-1)+1)/2, minHalf)
	s := Stream{Seed: seed, Purpose: permutePurpose, Step: epoch}
	for i := range p.keys {
		p.keys[i] = s.Word(i)
	}
	return p
}

// At returns the place i is sent to, 0 <= i < n.
func (p *Permutation) At(i int) int {
	x := uint32(i)
	for {
		x = p.encrypt(x)
		if x < p.n {
			return int(x)
		}
	}
}

// encrypt is the Feistel network: (left, right) becomes (right, left ⊕ F(right)) in each round.
func (p *Permutation) encrypt(x uint32) uint32 {
	mask := uint32(1)<<p.half - 1
	left, right := x>>p.half, x&mask
	for _, k := range p.keys {
		left, right = right, left^(mix(right^k)>>(32-p.half))
	}
	return left<<p.half | right
}

// mix is MurmurHash3's fmix32 (Appleby): every output bit depends on every input bit.
func mix(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85EBCA6B
	h ^= h >> 13
	h *= 0xC2B2AE35
	h ^= h >> 16
	return h
}

// Permute is NewPermutation(seed, epoch, n).At(i), for a single element.
func Permute(seed, epoch uint64, n, i int) int {
	p := NewPermutation(seed, epoch, n)
	return p.At(i)
}
