package compute

// SoftmaxFuser is a backend that does RowSoftmax and RowSoftmaxBackward in one pass each.
type SoftmaxFuser interface {
	RowSoftmax(p, s, scale Tensor)
	RowSoftmaxBackward(ds, dp, p Tensor)
}

// RowSoftmax turns each row of scores into weights that add up to 1, without overflow:
//
//	p_ij = exp(β s_ij − max_k β s_ik) / Σ_l exp(β s_il − max_k β s_ik)
//
// p and s (B × n), p may be s; β is scale [1]; column (B × 1) is scratch. A row with a NaN, or whose
// largest β s is infinite, is NaN.
func RowSoftmax(b Backend, p, s, scale, column Tensor) {
	if f, ok := b.(SoftmaxFuser); ok {
		f.RowSoftmax(p, s, scale)
		return
	}
	RowSoftmaxComposed(b, p, s, scale, column)
}

// RowSoftmaxComposed is the definition of RowSoftmax.
func RowSoftmaxComposed(b Backend, p, s, scale, column Tensor) {
	b.Binary(Mul, p, s, scale)
	b.Reduce(Largest, column, p, Rows, false)
	b.Binary(Sub, p, p, column)
	b.Unary(Exp, p, p)
	b.Reduce(Sum, column, p, Rows, false)
	b.Binary(Div, p, p, column)
}

// RowSoftmaxBackward takes a gradient dp of softmax's rows p to one of its argument:
//
//	ds_ij = p_ij (dp_ij − Σ_k p_ik dp_ik)
//
// All are (B × n). ds must be neither dp nor p; column (B × 1) is scratch. With dp the scores s of
// RowSoftmax, ds is the derivative of p with respect to β.
func RowSoftmaxBackward(b Backend, ds, dp, p, column Tensor) {
	if f, ok := b.(SoftmaxFuser); ok {
		f.RowSoftmaxBackward(ds, dp, p)
		return
	}
	RowSoftmaxBackwardComposed(b, ds, dp, p, column)
}

// RowSoftmaxBackwardComposed is the definition of RowSoftmaxBackward.
func RowSoftmaxBackwardComposed(b Backend, ds, dp, p, column Tensor) {
	b.Binary(Mul, ds, p, dp)
	b.Reduce(Sum, column, ds, Rows, false)
	b.Binary(Sub, ds, dp, column)
	b.Binary(Mul, ds, ds, p)
}
