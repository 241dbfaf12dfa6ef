package kernel

// MSE is the squared error of a window of outputs (rows × cols), forward and backward. With
// r = out − target:
//
//	returns Σ_ij r_ij²                each row in the order of SumSquares, then rows in order
//	rowSquares[i] = Σ_j r_ij²         (rows), or nil
//	grad = scale · r                  (rows × cols), or nil in evaluation; may be out
//	dbias[j] += Σ_i grad_ij           (cols), or nil; in the order of ColSums; needs grad
//
// grad, out and target have one distance ld between rows.
func MSE[T Float](grad, out, target []T, ld int, scale T, rows, cols int, rowSquares []float64, dbias []T) float64 {
	window(len(out), ld, rows, cols)
	window(len(target), ld, rows, cols)
	if grad != nil {
		window(len(grad), ld, rows, cols)
	}
	var total float64
	for r := 0; r < rows; r += RowBlock {
		n := min(RowBlock, rows-r)
		for i := r; i < r+n; i++ {
			var g []T
			if grad != nil {
				g = grad[i*ld:][:cols]
			}
			s := mseRow(g, out[i*ld:][:cols], target[i*ld:][:cols], scale)
			if rowSquares != nil {
				rowSquares[i] = s
			}
			total += s
		}
		if grad != nil && dbias != nil {
			ColSums(dbias, grad[r*ld:], ld, n, cols)
		}
	}
	return total
}

// mseRow is one row of MSE.
func mseRow[T Float](grad, out, target []T, scale T) float64 {
	var total float64
	for first := 0; first < len(out); first += Block {
		end := min(first+Block, len(out))
		var lane [Lanes]T
		for j := first; j < end; j++ {
			r := out[j] - target[j]
			lane[j%Lanes] += T(r * r)
			if grad != nil {
				grad[j] = scale * r
			}
		}
		total += float64(tree(&lane))
	}
	return total
}
