package model

import "noise2sparse/compute"

// smallestNorm is what unitRows divides by at least, so that a row of zeros stays one. It is below
// the norm of every row whose squares do not vanish in float32.
const smallestNorm = 1e-23

// unitRows sets y to x with each row divided by its L2 norm, both (B × n); they may be one tensor.
// A row of zeros stays zero. norm (B × 1) is scratch, floor [1] holds smallestNorm. A NaN makes its
// row NaN.
func unitRows(b compute.Backend, y, x, norm, floor compute.Tensor) {
	b.Reduce(compute.SumSquares, norm, x, compute.Rows, false)
	b.Unary(compute.Sqrt, norm, norm)
	b.Binary(compute.Max, norm, norm, floor)
	b.Binary(compute.Div, y, x, norm)
}
