package kernel

// ColSquares adds Σ (x − mean)² of each column of x (rows × len(mean)) to dst, in the order of ColSums;
// differences and squares are rounded to T.
func ColSquares[T Float](dst []float64, x, mean []T, rows int) {
	cols := len(mean)
	dst, x = dst[:cols], x[:rows*cols]
	for r := 0; r < rows; r += RowBlock {
		n := min(RowBlock, rows-r)
		for j, m := range mean {
			var s T
			for i := range n {
				d := x[(r+i)*cols+j] - m
				s += T(d * d)
			}
			dst[j] += float64(s)
		}
	}
}

// ColProducts adds Σ dy · (x − mean) of each column of dy and x (rows × len(mean)) to dst, in the order
// of ColSums.
func ColProducts[T Float](dst []float64, dy, x, mean []T, rows int) {
	cols := len(mean)
	dst, dy, x = dst[:cols], dy[:rows*cols], x[:rows*cols]
	for r := 0; r < rows; r += RowBlock {
		n := min(RowBlock, rows-r)
		for j, m := range mean {
			var s T
			for i := range n {
				at := (r+i)*cols + j
				s += T(dy[at] * (x[at] - m))
			}
			dst[j] += float64(s)
		}
	}
}

// NormGradient sets dx = a · ((dy − b) − (x − mean) · c), all (rows × len(mean)); dx may be dy. The
// coefficients are a, b and c, each as long as mean.
func NormGradient[T Float](dx, dy, x, mean, coefficients []T, rows int) {
	cols := len(mean)
	a, b, c := coefficients[:cols], coefficients[cols:2*cols], coefficients[2*cols:3*cols]
	for r := range rows {
		to, from, at := dx[r*cols:][:cols], dy[r*cols:][:cols], x[r*cols:][:cols]
		for j := range to {
			to[j] = a[j] * (from[j] - b[j] - T((at[j]-mean[j])*c[j]))
		}
	}
}
