package compute

// Epilogue is what follows a product or a convolution, in this order, on each element of column
// (channel) j; what is not given is left out:
//
//	t = x + Bias_j
//	t = t · Φ(t)                    GELU
//	t = t · Scale_j + Shift_j       batch normalisation, folded: see BatchNormAffine
//	t = t + Residual                the element at the same place
//	y = max(t, 0)                   ReLU
type Epilogue struct {
	Bias         Tensor // [n]
	GELU         bool
	Scale, Shift Tensor // [n], both or neither
	Residual     Tensor // as many elements as the result, in any shape; not the result itself
	ReLU         bool
}

// EpilogueFuser is a backend that does these in one pass.
type EpilogueFuser interface {
	Finish(y, x Tensor, e Epilogue)
	LinearFinish(y, x, w Tensor, e Epilogue)
	DepthwiseFinish(y, x, w Tensor, e Epilogue)
}

// Finish sets y to e of x, both (B × n); y may be x.
func Finish(b Backend, y, x Tensor, e Epilogue) {
	if f, ok := b.(EpilogueFuser); ok {
		f.Finish(y, x, e)
		return
	}
	FinishComposed(b, y, x, e)
}

// FinishComposed is the definition of Finish.
func FinishComposed(b Backend, y, x Tensor, e Epilogue) {
	if e.Bias.Valid() {
		b.Binary(Add, y, x, e.Bias)
		x = y
	}
	if e.GELU {
		b.Unary(GELU, y, x)
		x = y
	}
	if e.Scale.Valid() {
		b.Binary(Mul, y, x, e.Scale)
		b.Binary(Add, y, y, e.Shift)
		x = y
	}
	if e.Residual.Valid() {
		b.Binary(Add, y, x, e.Residual)
		x = y
	}
	if e.ReLU {
		b.Unary(Relu, y, x)
		x = y
	}
	if x != y {
		b.Copy(y, x)
	}
}

// LinearFinish is the product y = x wᵀ (x (B × d), w (n × d), y (B × n)), finished by e while it is in
// cache: a 1×1 convolution with what follows it.
func LinearFinish(b Backend, y, x, w Tensor, e Epilogue) {
	if f, ok := b.(EpilogueFuser); ok {
		f.LinearFinish(y, x, w, e)
		return
	}
	LinearFinishComposed(b, y, x, w, e)
}

// LinearFinishComposed is the definition of LinearFinish.
func LinearFinishComposed(b Backend, y, x, w Tensor, e Epilogue) {
	b.Matmul(y, x, w, false, true, 1, 0)
	Finish(b, y, y, e)
}

// DepthwiseFinish is a depthwise convolution of x (B × H × W × C) with w (C × 1 × k × k), finished by e.
// e.Residual may be x; y is neither.
func DepthwiseFinish(b Backend, y, x, w Tensor, e Epilogue) {
	if f, ok := b.(EpilogueFuser); ok {
		f.DepthwiseFinish(y, x, w, e)
		return
	}
	DepthwiseFinishComposed(b, y, x, w, e)
}

// DepthwiseFinishComposed is the definition of DepthwiseFinish.
func DepthwiseFinishComposed(b Backend, y, x, w Tensor, e Epilogue) {
	b.Depthwise(y, x, w, e.Bias)
	e.Bias = Tensor{}
	positions := y.Len() / y.Dim(3)
	y = y.Reshape(positions, y.Dim(3))
	if e.Residual.Valid() {
		e.Residual = e.Residual.Reshape(y.Rows(), y.Cols())
	}
	Finish(b, y, y, e)
}

// BatchNormAffine folds batch normalisation into one product and one sum per channel, all [C]:
//
//	scale = gamma · inv,   shift = beta − mean · scale
//
// so that gamma (x − mean) inv + beta = x · scale + shift: an Epilogue's Scale and Shift.
func BatchNormAffine(b Backend, scale, shift, gamma, beta, mean, inv Tensor) {
	b.Binary(Mul, scale, gamma, inv)
	b.Binary(Mul, shift, mean, scale)
	b.Binary(Sub, shift, beta, shift)
}

// InverseStd sets inv = 1/√(variance + eps), both [C], eps [1]: what ChannelMoments gives for a batch,
// of a running variance.
func InverseStd(b Backend, inv, variance, eps Tensor) {
	b.Binary(Add, inv, variance, eps)
	b.Unary(Sqrt, inv, inv)
	b.Unary(Reciprocal, inv, inv)
}
