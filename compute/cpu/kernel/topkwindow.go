package kernel

import (
	"math"
	"slices"
)

// Edge is the soft edge of Top-K for one value of k: the weights of ranks Lo..Hi-1.
type Edge struct {
	Lo, Hi  int
	Weights []float64 // [Hi-Lo]
	Slopes  []float64 // their derivatives by k
	NaN     bool      // k is NaN: everything is
}

// Set computes the edge at k with half as many ranks to each side, in a row of n. It allocates
// where the edge is longer than any before.
func (e *Edge) Set(k float64, half, n int) {
	e.NaN = math.IsNaN(k)
	if e.NaN {
		k = 1
	}
	// No farther out than that: the window would be empty. Also where k is infinite.
	middle := min(max(math.RoundToEven(k), float64(1-half)), float64(n-1+half))
	e.Hi, e.Lo = min(int(middle)+half, n-1), max(int(middle)-half, 0)
	w := max(e.Hi-e.Lo, 0)
	e.Hi = e.Lo + w
	e.Weights, e.Slopes = slices.Grow(e.Weights[:0], w)[:w], slices.Grow(e.Slopes[:0], w)[:w]
	from, to := -(middle-float64(e.Lo))*20/float64(w), (float64(e.Hi)-middle)*20/float64(w)
	for i := range w {
		t := from
		if w > 1 {
			t += (to - from) * float64(i) / float64(w-1)
		}
		weight := 1 / (1 + math.Exp(t-(k-middle)))
		e.Weights[i], e.Slopes[i] = weight, weight*(1-weight)
	}
}

// TopKWindow weighs one row; see compute.Select. It returns the row's Hi-th largest entry. scratch
// has TopKScratch(len(x)) elements, order len(x).
func TopKWindow[T Float](y, weight, slope, x []T, e *Edge, scratch []T, order []int32) T {
	inside, insideTies := T(math.Inf(1)), 0 // the ranks before the window: none
	if e.Lo > 0 {
		inside, insideTies = TopKThreshold(x, e.Lo, scratch)
	}
	outer, outerTies := inside, insideTies
	if e.Hi > e.Lo {
		outer, outerTies = TopKThreshold(x, e.Hi, scratch)
	}
	edge := order[:0]
	for j, v := range x {
		first := reaches(v, inside, &insideTies) && e.Lo > 0
		weight[j], slope[j] = 0, 0
		if first {
			weight[j] = 1
		}
		if reaches(v, outer, &outerTies) && !first && len(edge) < len(e.Weights) {
			edge = append(edge, int32(j))
		}
	}
	slices.SortFunc(edge, func(a, b int32) int {
		switch ka, kb := key(x[a]), key(x[b]); {
		case ka > kb:
			return -1
		case ka < kb:
			return 1
		}
		return int(a - b)
	})
	for i, j := range edge {
		if w := e.Weights[i]; T(1+w) != 1 { // else 1 − sigmoid is 0 in that arithmetic
			weight[j], slope[j] = T(w), T(T(e.Slopes[i])*x[j])
		}
	}
	for j, v := range x {
		if e.NaN {
			weight[j], slope[j] = T(math.NaN()), T(math.NaN())
		}
		y[j] = T(weight[j] * max(v, 0))
	}
	return outer
}

// reaches says whether v, above 0 or NaN, is among the first: above the threshold, or equal to it
// and one of the ties, which are used up.
func reaches[T Float](v, threshold T, ties *int) bool {
	same := v == threshold || v != v && threshold != threshold
	switch {
	case !(v > 0) && v == v:
		return false
	case same && *ties > 0:
		*ties--
		return true
	}
	return !same && !(v <= threshold) && threshold == threshold
}
