package compute

// A fused operation is a named composition of primitives that a backend may do in one pass by
// implementing the optional interface. Both ways agree to rounding; the conformance suite
// compares them.

// BiasReLUFuser is a backend that does BiasReLU in one pass.
type BiasReLUFuser interface {
	BiasReLU(y, bias, fired, total Tensor)
}

// BiasReLU finishes a ReLU layer's forward pass in place:
//
//	y = relu(y + bias)            y (B × n), bias [n] or Tensor{}
//	fired[j] += Σ_i [y_ij > 0]    Float64 [n], or Tensor{} where nobody counts
//	total[j] += Σ_i y_ij          Float64 [n], or Tensor{}
func BiasReLU(b Backend, y, bias, fired, total Tensor) {
	if f, ok := b.(BiasReLUFuser); ok {
		f.BiasReLU(y, bias, fired, total)
		return
	}
	BiasReLUComposed(b, y, bias, fired, total)
}

// BiasReLUComposed is the definition of BiasReLU.
func BiasReLUComposed(b Backend, y, bias, fired, total Tensor) {
	if bias.Valid() {
		b.Binary(Add, y, y, bias)
	}
	b.Unary(Relu, y, y)
	if fired.Valid() {
		b.Reduce(CountPositive, fired, y, Columns, true)
	}
	if total.Valid() {
		b.Reduce(Sum, total, y, Columns, true)
	}
}

// ReLUBackwardFuser is a backend that does ReLUBackward in one pass.
type ReLUBackwardFuser interface {
	ReLUBackward(dpre, dbias, dpost, post Tensor)
}

// ReLUBackward is the backward pass of BiasReLU:
//
//	dpre = dpost where post > 0, else 0     (B × n); dpre may be dpost
//	dbias[j] = Σ_i dpre_ij                  [n], or Tensor{} without a bias
func ReLUBackward(b Backend, dpre, dbias, dpost, post Tensor) {
	if f, ok := b.(ReLUBackwardFuser); ok {
		f.ReLUBackward(dpre, dbias, dpost, post)
		return
	}
	ReLUBackwardComposed(b, dpre, dbias, dpost, post)
}

// ReLUBackwardComposed is the definition of ReLUBackward.
func ReLUBackwardComposed(b Backend, dpre, dbias, dpost, post Tensor) {
	b.Binary(MaskByAbove, dpre, dpost, post)
	if dbias.Valid() {
		b.Reduce(Sum, dbias, dpre, Columns, false)
	}
}

// MSEFuser is a backend that does MSE in one pass.
type MSEFuser interface {
	MSE(total, grad, out, target Tensor, scale float64)
}

// MSE is the squared error of an output, forward and backward. With r = out − target (B × d):
//
//	total = Σ_ij r_ij²        Float64 [1]
//	grad = scale · r          (B × d)
func MSE(b Backend, total, grad, out, target Tensor, scale float64) {
	if f, ok := b.(MSEFuser); ok {
		f.MSE(total, grad, out, target, scale)
		return
	}
	MSEComposed(b, total, grad, out, target, scale)
}

// MSEComposed is the definition of MSE.
func MSEComposed(b Backend, total, grad, out, target Tensor, scale float64) {
	b.Binary(Sub, grad, out, target)
	b.Reduce(SumSquares, total, grad, All, false)
	b.Axpby(scale, grad, 0, grad)
}

// AdamScalars are the operands of Adam that change from step to step, each [1], of Float type.
type AdamScalars struct {
	Clip     Tensor // factor on the gradient, from ClipScale
	StepSize Tensor // η / (1 − β1ᵗ)
	RootBC2  Tensor // √(1 − β2ᵗ)
	Eps      Tensor // ε
	Decay    Tensor // 1 − η·weight_decay (AdamW), or Tensor{}: 1
	// Beta1 and OneMinus1 = 1 − β1 > 0 take the place of Adam's beta1 where β1 changes from step to
	// step; Tensor{} else.
	Beta1, OneMinus1 Tensor
}

// AdamFuser is a backend that does Adam in one pass.
type AdamFuser interface {
	Adam(p, m, v, g Tensor, s AdamScalars, beta1, beta2 float64)
}

// Adam steps one parameter (Kingma and Ba 2015, algorithm 1; the order of operations is
// PyTorch's). All of p, m, v, g have one shape. g is undefined afterwards.
//
//	g = clip · g
//	m = β1 m + (1−β1) g
//	v = β2 v + (1−β2) g²
//	p = decay · p − stepsize · m / (√v / rootbc2 + ε)
func Adam(b Backend, p, m, v, g Tensor, s AdamScalars, beta1, beta2 float64) {
	if f, ok := b.(AdamFuser); ok {
		f.Adam(p, m, v, g, s, beta1, beta2)
		return
	}
	AdamComposed(b, p, m, v, g, s, beta1, beta2)
}

// AdamComposed is the definition of Adam.
func AdamComposed(b Backend, p, m, v, g Tensor, s AdamScalars, beta1, beta2 float64) {
	b.Binary(Mul, g, g, s.Clip)
	if s.Beta1.Valid() {
		b.Binary(Mul, m, m, s.Beta1)
		b.Binary(Mul, g, g, s.OneMinus1)
		b.Binary(Add, m, m, g)
		b.Binary(Div, g, g, s.OneMinus1) // g again, without room for both
	} else {
		b.Axpby(1-beta1, g, beta1, m)
	}
	b.Unary(Square, g, g)
	b.Axpby(1-beta2, g, beta2, v)
	b.Unary(Sqrt, g, v)
	b.Binary(Div, g, g, s.RootBC2)
	b.Binary(Add, g, g, s.Eps)
	b.Binary(Div, g, m, g)
	b.Binary(Mul, g, g, s.StepSize)
	if s.Decay.Valid() {
		b.Binary(Mul, p, p, s.Decay)
	}
	b.Binary(Sub, p, p, g)
}
