package kernel

// BiasReLU finishes the forward pass of a ReLU layer in place, on a window of y (rows × cols):
//
//	y = max(y + bias, 0)               bias (cols), or nil for none
//	fired[j] += number of y_ij > 0     (cols), or nil
//	total[j] += Σ_i y_ij               (cols), or nil; in the order of ColSums
//
// NaN stays NaN, so that a broken run shows, and does not count as fired. −0 stays −0.
func BiasReLU[T Float](y []T, ld int, bias []T, rows, cols int, fired, total []float64) {
	window(len(y), ld, rows, cols)
	for r := 0; r < rows; r += RowBlock {
		block := y[r*ld:]
		n := min(RowBlock, rows-r)
		for i := range n {
			biasReLURow(block[i*ld:][:cols], bias)
		}
		if fired != nil {
			countFired(fired[:cols], block, ld, n)
		}
		if total != nil {
			ColSums(total, block, ld, n, cols)
		}
	}
}

// biasReLURow is one row of BiasReLU.
func biasReLURow[T Float](row, bias []T) {
	if bias == nil {
		for j, v := range row {
			if v < 0 {
				row[j] = 0
			}
		}
		return
	}
	bias = bias[:len(row)]
	for j, v := range row {
		v += bias[j]
		if v < 0 {
			v = 0
		}
		row[j] = v
	}
}

// countFired adds the number of positive entries of each column of y (rows × len(fired)).
func countFired[T Float](fired []float64, y []T, ld, rows int) {
	for i := range rows {
		for j, v := range y[i*ld:][:len(fired)] {
			if v > 0 {
				fired[j]++
			}
		}
	}
}

// ReLUBackward is the backward pass of BiasReLU on a window (rows × cols):
//
//	dpre = dpost where post > 0, else 0     dpre may be dpost
//	dbias[j] += Σ_i dpre_ij                 (cols), or nil; in the order of ColSums
//
// dpre, dpost and post have one distance ld between rows. Where post is NaN the gradient is 0;
// the loss of such a step is NaN anyway.
func ReLUBackward[T Float](dpre, dpost, post []T, ld int, dbias []T, rows, cols int) {
	window(len(dpre), ld, rows, cols)
	window(len(dpost), ld, rows, cols)
	window(len(post), ld, rows, cols)
	for r := 0; r < rows; r += RowBlock {
		n := min(RowBlock, rows-r)
		for i := r; i < r+n; i++ {
			maskByPositive(dpre[i*ld:][:cols], dpost[i*ld:][:cols], post[i*ld:][:cols])
		}
		if dbias != nil {
			ColSums(dbias, dpre[r*ld:], ld, n, cols)
		}
	}
}

// maskByPositive sets z = x where y > 0, else 0.
func maskByPositive[T Float](z, x, y []T) {
	x, y = x[:len(z)], y[:len(z)]
	for i := range z {
		v := T(0)
		if y[i] > 0 {
			v = x[i]
		}
		z[i] = v
	}
}
