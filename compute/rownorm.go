package compute

// RowNormFuser is a backend that does NormalizeRows and NormalizeRowsBackward in one pass each.
type RowNormFuser interface {
	NormalizeRows(y, norm, inverse, x Tensor)
	NormalizeRowsBackward(dx, dy, y, inverse Tensor)
}

// NormalizeRows divides each row of x by its L2 norm: y = x/‖x‖, both (B × n), without an epsilon. norm
// and inverse, (B × 1), become ‖x_i‖ and its inverse, 0 for a row of zeros, which stays one, and where
// the norm is NaN: then the row's NaN stay, and its numbers become 0. y may be x.
func NormalizeRows(b Backend, y, norm, inverse, x Tensor) {
	if f, ok := b.(RowNormFuser); ok {
		f.NormalizeRows(y, norm, inverse, x)
		return
	}
	NormalizeRowsComposed(b, y, norm, inverse, x)
}

// NormalizeRowsComposed is the definition of NormalizeRows.
func NormalizeRowsComposed(b Backend, y, norm, inverse, x Tensor) {
	b.Reduce(SumSquares, norm, x, Rows, false)
	b.Unary(Sqrt, norm, norm)
	b.Unary(Reciprocal, inverse, norm)
	b.Binary(MaskByAbove, inverse, inverse, norm)
	b.Binary(Mul, y, x, inverse)
}

// NormalizeColumns divides each column of x by its L2 norm, as NormalizeRows does rows; norm and inverse
// are [n].
func NormalizeColumns(b Backend, y, norm, inverse, x Tensor) {
	b.Reduce(SumSquares, norm, x, Columns, false)
	b.Unary(Sqrt, norm, norm)
	b.Unary(Reciprocal, inverse, norm)
	b.Binary(MaskByAbove, inverse, inverse, norm)
	b.Binary(Mul, y, x, inverse)
}

// NormalizeRowsBackward takes the gradient dy of y = x/‖x‖, all (B × n), to that of x; dx may be dy. A row
// of zeros passes no gradient. inverse (B × 1) is that of NormalizeRows; product (B × n) and dots (B × 1)
// are scratch.
//
//	dx_i = (dy_i − y_i (y_i · dy_i)) / ‖x_i‖
func NormalizeRowsBackward(b Backend, dx, dy, y, inverse, product, dots Tensor) {
	if f, ok := b.(RowNormFuser); ok {
		f.NormalizeRowsBackward(dx, dy, y, inverse)
		return
	}
	NormalizeRowsBackwardComposed(b, dx, dy, y, inverse, product, dots)
}

// NormalizeRowsBackwardComposed is the definition of NormalizeRowsBackward.
func NormalizeRowsBackwardComposed(b Backend, dx, dy, y, inverse, product, dots Tensor) {
	b.Binary(Mul, product, y, dy)
	b.Reduce(Sum, dots, product, Rows, false)
	b.Binary(Mul, product, y, dots)
	b.Binary(Sub, dx, dy, product)
	b.Binary(Mul, dx, dx, inverse)
}
