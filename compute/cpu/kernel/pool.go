package kernel

// MaxPool is one row of windows, i, of the image x (H × W × C): y and index (OW × C). Of equal numbers
// the first one wins, of NaNs the last.
func MaxPool[T Float](y []T, index []int32, x []T, i int, s Shape, w Window) {
	top, bottom := w.inside(i*w.Stride-w.Pad, s.H)
	for j := range w.OW {
		left, right := w.inside(j*w.Stride-w.Pad, s.W)
		best, at := y[j*s.C:][:s.C], index[j*s.C:][:s.C]
		copy(best, x[(top*s.W+left)*s.C:])
		for c := range at {
			at[c] = int32(top*s.W + left)
		}
		for h := top; h < bottom; h++ {
			for v := left; v < right; v++ {
				place := h*s.W + v
				larger(best, at, x[place*s.C:][:s.C], int32(place))
			}
		}
	}
}

// larger takes over those numbers of x, all at one place, that exceed the best so far.
func larger[T Float](best []T, at []int32, x []T, place int32) {
	at, x = at[:len(best)], x[:len(best)]
	for c, v := range x {
		if v > best[c] || v != v {
			best[c], at[c] = v, place
		}
	}
}

// MaxPoolBackward is row h of an image's gradient, dx (W × C), of dy and index (OH × OW × C).
func MaxPoolBackward[T Float](dx, dy []T, index []int32, h int, s Shape, w Window) {
	for v := range s.W {
		to := dx[v*s.C:][:s.C]
		clear(to)
		place := int32(h*s.W + v)
		for i := w.first(h); i < w.OH && i*w.Stride-w.Pad <= h; i++ {
			for j := w.first(v); j < w.OW && j*w.Stride-w.Pad <= v; j++ {
				o := (i*w.OW + j) * s.C
				from, at := dy[o:][:s.C], index[o:][:s.C]
				for c, p := range at {
					if p == place {
						to[c] += from[c]
					}
				}
			}
		}
	}
}

// MeanPool is the mean over the positions of one image x (positions × len(y)). sums (len(y)) is
// scratch; the order is that of ColSums.
func MeanPool[T Float](y, x []T, sums []float64, positions int) {
	sums = sums[:len(y)]
	clear(sums)
	ColSums(sums, x, len(y), positions, len(y))
	for c, s := range sums {
		y[c] = T(s / float64(positions))
	}
}

// MeanPoolBackward spreads the gradient dy of one image over its positions: dx (positions × len(dy)).
func MeanPoolBackward[T Float](dx, dy []T, positions int) {
	n := len(dy)
	first := dx[:n]
	for c, g := range dy {
		first[c] = g / T(positions)
	}
	for p := 1; p < positions; p++ {
		copy(dx[p*n:][:n], first)
	}
}
