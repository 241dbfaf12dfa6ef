package kernel

import "math"

// Moments are the mean and 1/√(variance + eps) of each column of a window of x (rows × cols), both
// (cols), and the running statistics unless these are nil. The sums run in the order of ColSums, of the
// squares too: Σ (x − mean)² with mean rounded to T. sums (cols) is scratch.
func Moments[T Float](mean, inv, runningMean, runningVar, x []T, ld, rows, cols int, momentum, eps float64, sums []float64) {
	sums = sums[:cols]
	clear(sums)
	ColSums(sums, x, ld, rows, cols)
	n := float64(rows)
	for j, s := range sums {
		mean[j] = T(s / n)
	}
	clear(sums)
	ColSquares(sums, x, mean, ld, rows, cols)
	for j, s := range sums {
		inv[j] = T(1 / math.Sqrt(s/n+eps))
	}
	if runningMean == nil {
		return
	}
	for j, s := range sums {
		runningMean[j] = T((1-momentum)*float64(runningMean[j]) + momentum*float64(mean[j]))
		runningVar[j] = T((1-momentum)*float64(runningVar[j]) + momentum*(s/max(n-1, 1)))
	}
}

// ColSquares adds Σ (x − mean)² of each column of x (rows × cols) to dst (cols), in the order of
// ColSums; differences and squares are rounded to T.
func ColSquares[T Float](dst []float64, x, mean []T, ld, rows, cols int) {
	window(len(x), ld, rows, cols)
	dst, mean = dst[:cols], mean[:cols]
	for r := 0; r < rows; r += RowBlock {
		n := min(RowBlock, rows-r)
		for j, m := range mean {
			var s T
			for i := range n {
				d := x[(r+i)*ld+j] - m
				s += T(d * d)
			}
			dst[j] += float64(s)
		}
	}
}

// ColProducts adds Σ dy · (x − mean) of each column of dy and x (rows × cols) to dst (cols), in the
// order of ColSums.
func ColProducts[T Float](dst []float64, dy, x, mean []T, ld, rows, cols int) {
	window(min(len(x), len(dy)), ld, rows, cols)
	dst, mean = dst[:cols], mean[:cols]
	for r := 0; r < rows; r += RowBlock {
		n := min(RowBlock, rows-r)
		for j, m := range mean {
			var s T
			for i := range n {
				at := (r+i)*ld + j
				s += T(dy[at] * (x[at] - m))
			}
			dst[j] += float64(s)
		}
	}
}

// BatchNormBackward is the gradient of batch normalisation on a window (rows × cols); dx may be dy, all
// others (cols). sums (2 × cols) and coefficients (3 × cols) are scratch.
func BatchNormBackward[T Float](dx, dgamma, dbeta, dy, x, mean, inv, gamma []T, ld, rows, cols int, sums []float64, coefficients []T) {
	dots, totals := sums[:cols], sums[cols:2*cols]
	clear(sums[:2*cols])
	ColSums(totals, dy, ld, rows, cols)
	ColProducts(dots, dy, x, mean, ld, rows, cols)
	a, b, c := coefficients[:cols], coefficients[cols:2*cols], coefficients[2*cols:3*cols]
	n := float64(rows)
	for j := range cols {
		v := float64(inv[j])
		dgamma[j], dbeta[j] = T(dots[j]*v), T(totals[j])
		a[j], b[j], c[j] = T(float64(gamma[j])*v), T(totals[j]/n), T(dots[j]*v*v/n)
	}
	NormGradient(dx, dy, x, mean, a, b, c, ld, rows, cols)
}

// NormGradient sets dx = a · ((dy − b) − (x − mean) · c) on a window (rows × cols); mean, a, b, c are
// (cols), dx may be dy.
func NormGradient[T Float](dx, dy, x, mean, a, b, c []T, ld, rows, cols int) {
	window(min(len(dx), len(dy), len(x)), ld, rows, cols)
	mean, a, b, c = mean[:cols], a[:cols], b[:cols], c[:cols]
	for r := range rows {
		to, from, at := dx[r*ld:][:cols], dy[r*ld:][:cols], x[r*ld:][:cols]
		for j := range to {
			to[j] = a[j] * (from[j] - b[j] - T((at[j]-mean[j])*c[j]))
		}
	}
}
