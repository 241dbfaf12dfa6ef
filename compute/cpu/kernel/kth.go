package kernel

import (
	"math"
	"math/bits"
	"slices"
)

// sortBelow is the number of candidates that are sorted instead of counted by digits.
const sortBelow = 24

// kthLargest returns the k-th largest of v (all above 0 or NaN, 1 ≤ k ≤ len(v)), and how many of the
// k first entries equal it. It goes by digits of 8 bits of the numbers' bits, whose order is that of
// positive numbers, from the highest digit in which they differ: count each digit's numbers, find
// the k-th's digit, go on with its numbers alone. So it takes time proportional to len(v), whatever
// the values are. work has at least len(v) elements; v stays as it is.
func kthLargest[T Float](v []T, k int, work []T) (t T, ties int) {
	work = work[:len(v)]
	copy(work, v)
	for shift := highestDifference(work) - 7; len(work) > sortBelow && shift > -8; shift -= 8 {
		s := max(shift, 0)
		var count [256]int32
		for _, x := range work {
			count[uint8(key(x)>>s)]++
		}
		digit := 255
		for ; int(count[digit]) < k; digit-- {
			k -= int(count[digit])
		}
		work = keepDigit(work, s, uint8(digit))
	}
	slices.SortFunc(work, func(a, b T) int {
		switch ka, kb := key(a), key(b); {
		case ka > kb:
			return -1
		case ka < kb:
			return 1
		}
		return 0
	})
	t = work[k-1]
	for _, x := range work[:k] {
		if key(x) == key(t) {
			ties++
		}
	}
	return t, ties
}

// key maps numbers that are positive or NaN to integers of the same order, all NaN to the largest.
func key[T Float](v T) uint64 {
	if v != v {
		return math.MaxInt64
	}
	return math.Float64bits(float64(v))
}

// highestDifference is the highest bit in which the keys differ, -1 where they are equal.
func highestDifference[T Float](v []T) int {
	first, differ := key(v[0]), uint64(0)
	for _, x := range v {
		differ |= key(x) ^ first
	}
	return 63 - bits.LeadingZeros64(differ)
}

// keepDigit moves the numbers with this digit to the front.
func keepDigit[T Float](v []T, shift int, digit uint8) []T {
	n := 0
	for _, x := range v {
		if uint8(key(x)>>shift) == digit {
			v[n] = x
			n++
		}
	}
	return v[:n]
}
