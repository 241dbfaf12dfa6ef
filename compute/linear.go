package compute

// A layer's product and what follows it, in one pass where a backend can.

// LinearReLUFuser is a backend that does LinearReLU in one pass.
type LinearReLUFuser interface {
	LinearReLU(y, x, w, bias, fired, total, mask Tensor)
}

// LinearReLU is the forward pass of a layer of ReLU neurons: the product y = x wᵀ (x (B × d),
// w (n × d), y (B × n)), finished by BiasReLU while it is in cache. mask is ReLUMask's, or Tensor{}
// where no LinearReLUBackward will want it.
//
// NaN stays NaN, but for a GPU's with Options.CuBLASLt: its max(NaN, 0) is 0.
func LinearReLU(b Backend, y, x, w, bias, fired, total, mask Tensor) {
	if f, ok := b.(LinearReLUFuser); ok {
		f.LinearReLU(y, x, w, bias, fired, total, mask)
		return
	}
	LinearReLUComposed(b, y, x, w, bias, fired, total)
}

// LinearReLUComposed is the definition of LinearReLU.
func LinearReLUComposed(b Backend, y, x, w, bias, fired, total Tensor) {
	b.Matmul(y, x, w, false, true, 1, 0)
	BiasReLU(b, y, bias, fired, total)
}

// LinearReLUBackwardFuser is a backend that does LinearReLUBackward in one pass.
type LinearReLUBackwardFuser interface {
	LinearReLUBackward(dpre, dbias, dy, v, post, mask Tensor)
}

// LinearReLUBackward takes a gradient through the layer behind and the ReLU before it: the product
// dpost = dy v (dy (B × m), v (m × n)), turned into dpre and dbias by ReLUBackward while it is in
// cache. With a mask, post is what the last LinearReLU with that mask has written, unchanged since, and
// both are part of the same recorded step if of any.
func LinearReLUBackward(b Backend, dpre, dbias, dy, v, post, mask Tensor) {
	if f, ok := b.(LinearReLUBackwardFuser); ok {
		f.LinearReLUBackward(dpre, dbias, dy, v, post, mask)
		return
	}
	LinearReLUBackwardComposed(b, dpre, dbias, dy, v, post)
}

// LinearReLUBackwardComposed is the definition of LinearReLUBackward.
func LinearReLUBackwardComposed(b Backend, dpre, dbias, dy, v, post Tensor) {
	b.Matmul(dpre, dy, v, false, false, 1, 0)
	ReLUBackward(b, dpre, dbias, dpre, post)
}

// LinearGradientFuser is a backend that does LinearGradient in one pass.
type LinearGradientFuser interface {
	LinearGradient(dw, dbias, dy, x Tensor)
}

// LinearGradient is the gradient of the parameters of a layer y = x wᵀ + bias, dy (B × n), x (B × d):
//
//	dw = dyᵀ x                    (n × d)
//	dbias[j] = Σ_i dy_ij          [n]
func LinearGradient(b Backend, dw, dbias, dy, x Tensor) {
	if f, ok := b.(LinearGradientFuser); ok {
		f.LinearGradient(dw, dbias, dy, x)
		return
	}
	LinearGradientComposed(b, dw, dbias, dy, x)
}

// LinearGradientComposed is the definition of LinearGradient.
func LinearGradientComposed(b Backend, dw, dbias, dy, x Tensor) {
	b.Matmul(dw, dy, x, true, false, 1, 0)
	b.Reduce(Sum, dbias, dy, Columns, false)
}

// ReLUMasker is a backend whose LinearReLU may note which neurons are active, for LinearReLUBackward.
type ReLUMasker interface {
	ReLUMask(rows, cols int) Tensor
}

// ReLUMask reserves room for that, for a layer's activations (rows × cols) and any fewer rows; Tensor{}
// where the backend looks at the activations themselves.
func ReLUMask(b Backend, rows, cols int) Tensor {
	if m, ok := b.(ReLUMasker); ok {
		return m.ReLUMask(rows, cols)
	}
	return Tensor{}
}
