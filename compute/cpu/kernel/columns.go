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
		block, n := x[r*ld:], min(RowBlock, rows-r)
		j := 0
		for ; j+Lanes <= cols; j += Lanes {
			addColumns((*[Lanes]A)(dst[j:]), block[j:], ld, n)
		}
		for ; j < cols; j++ {
			s := block[j]
			for i := 1; i < n; i++ {
				s += block[i*ld+j]
			}
			dst[j] += A(s)
		}
	}
}

// addColumns is ColSums of at most RowBlock rows of Lanes columns, row by row since memory is.
func addColumns[A, T Float](dst *[Lanes]A, x []T, ld, rows int) {
	s := *(*[Lanes]T)(x)
	for i := 1; i < rows; i++ {
		for l, v := range (*[Lanes]T)(x[i*ld:]) {
			s[l] += v
		}
	}
	for l, v := range s {
		dst[l] += A(v)
	}
}
