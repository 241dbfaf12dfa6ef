package kernel

import "math"

var negInf = math.Inf(-1)

// Lanes is the number of partial sums of a reduction, and Block the number of elements after
// which they are combined.
const (
	Lanes = 16
	Block = 4096
)

// SumSquares returns Σ x². The order, shared by all sums over a range in this package:
//
//   - the range is cut into blocks of Block elements, the last one shorter;
//   - in a block, lane l of Lanes holds the sum of elements l, l+16, l+32, … in that order,
//     rounded to T at each step, starting from 0;
//   - the lanes are combined as a fixed tree: lane l with lane l+8, then l+4, l+2 and l+1;
//   - the blocks' sums are added up in float64, from the first to the last.
//
// Cutting the range between multiples of Block and adding the parts' results in float64 therefore
// changes nothing beyond the order of the last sum.
func SumSquares[T Float](x []T) float64 {
	var total float64
	for len(x) > 0 {
		b := x[:min(Block, len(x))]
		var lane [Lanes]T
		for ; len(b) >= Lanes; b = b[Lanes:] {
			for l, v := range (*[Lanes]T)(b) {
				lane[l] += T(v * v)
			}
		}
		for l, v := range b {
			lane[l] += T(v * v)
		}
		total += float64(tree(&lane))
		x = x[min(Block, len(x)):]
	}
	return total
}

// Sum returns Σ x, in the order of SumSquares.
func Sum[T Float](x []T) float64 {
	var total float64
	for len(x) > 0 {
		b := x[:min(Block, len(x))]
		var lane [Lanes]T
		for i, v := range b {
			lane[i%Lanes] += v
		}
		total += float64(tree(&lane))
		x = x[len(b):]
	}
	return total
}

// SumAbs returns Σ |x|, in the order of SumSquares.
func SumAbs[T Float](x []T) float64 {
	var total float64
	for len(x) > 0 {
		b := x[:min(Block, len(x))]
		var lane [Lanes]T
		for i, v := range b {
			lane[i%Lanes] += abs(v)
		}
		total += float64(tree(&lane))
		x = x[len(b):]
	}
	return total
}

// tree combines the lanes of a block.
func tree[T Float](lane *[Lanes]T) T {
	for half := Lanes / 2; half > 0; half /= 2 {
		for l := range half {
			lane[l] += lane[l+half]
		}
	}
	return lane[0]
}

// abs clears the sign: |−0| is 0.
func abs[T Float](v T) T {
	if v < 0 {
		return -v
	}
	return v + 0
}

// CountPositive returns the number of x > 0. NaN does not count.
func CountPositive[T Float](x []T) int {
	n := 0
	for _, v := range x {
		if v > 0 {
			n++
		}
	}
	return n
}

// CountNegative returns the number of x < 0. NaN and −0 do not count.
func CountNegative[T Float](x []T) int {
	n := 0
	for _, v := range x {
		if v < 0 {
			n++
		}
	}
	return n
}

// AllFinite says whether no x is NaN or infinite.
func AllFinite[T Float](x []T) bool {
	for _, v := range x {
		if v-v != 0 { // Inf − Inf and NaN − NaN are NaN
			return false
		}
	}
	return true
}

// Max returns the largest x: NaN if any x is NaN, −Inf for an empty range.
func Max[T Float](x []T) T {
	m := T(negInf)
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

// MaxAbs returns the largest |x|: NaN if any x is NaN, 0 for an empty range.
func MaxAbs[T Float](x []T) T {
	m := T(0)
	for _, v := range x {
		m = max(m, abs(v))
	}
	return m
}
