package kernel

// RowBlock is the number of rows that are added up in the element type before they are added to
// a column's accumulator. Cutting a matrix between multiples of RowBlock, or anywhere between
// columns, does not change a bit of the sums.
const RowBlock = 8

// ColSums adds the sum of each column of x (rows × cols) to dst (cols). Of each RowBlock rows
// r, r+1, …, the sum ((x_r + x_r+1) + x_r+2) + … is rounded to T at each step; it is then
// converted to A and added to dst. A float64 accumulator therefore stays exact enough to be
// added to over a whole epoch.
func ColSums[A, T Float](dst []A, x []T, ld, rows, cols int) {
	window(len(x), ld, rows, cols)
	dst = dst[:cols]
	for r := 0; r < rows; r += RowBlock {
		end := min(r+RowBlock, rows)
		for j := range dst {
			s := x[r*ld+j]
			for i := r + 1; i < end; i++ {
				s += x[i*ld+j]
			}
			dst[j] += A(s)
		}
	}
}
