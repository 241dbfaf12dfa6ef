package compute

// The optimizers' steps in one pass, beside Adam. All tensors have one shape; g is undefined
// afterwards. Where a composition needs room, it is the operand scratch, of the same shape, which
// Scratch reserves for backends without the fused form alone.

// Scratch returns room for n numbers, or Tensor{} where b implements F and needs none.
func Scratch[F any](b Backend, n int) Tensor {
	if _, fused := b.(F); fused {
		return Tensor{}
	}
	return b.Alloc(b.Float(), n)
}

// SGDFuser is a backend that does SGD in one pass.
type SGDFuser interface {
	SGD(p, m, g, clip, lr Tensor, momentum float64)
}

// SGD is gradient descent with momentum as torch.optim.SGD has it (dampening 0, not Nesterov's).
// clip and lr are [1]. Without m (Tensor{}) there is no momentum and u = g.
//
//	g = clip · g
//	m = μ m + g;  u = m
//	p = p − η u
func SGD(b Backend, p, m, g, clip, lr Tensor, momentum float64) {
	if f, ok := b.(SGDFuser); ok {
		f.SGD(p, m, g, clip, lr, momentum)
		return
	}
	SGDComposed(b, p, m, g, clip, lr, momentum)
}

// SGDComposed is the definition of SGD.
func SGDComposed(b Backend, p, m, g, clip, lr Tensor, momentum float64) {
	b.Binary(Mul, g, g, clip)
	u := g
	if m.Valid() {
		b.Axpby(1, g, momentum, m)
		u = m
	}
	b.Binary(Mul, g, u, lr)
	b.Binary(Sub, p, p, g)
}

// RMSScalars are the operands of RMSProp that may change from step to step, each [1].
type RMSScalars struct {
	Clip Tensor // factor on the gradient, from ClipScale
	LR   Tensor // η
	Eps  Tensor // ε
}

// RMSPropFuser is a backend that does RMSProp in one pass.
type RMSPropFuser interface {
	RMSProp(p, s, g, scratch Tensor, c RMSScalars, keep, add float64)
}

// RMSProp divides the gradient by the root of an average (keep α, add 1 − α: Hinton's RMSProp) or
// of a sum (keep 1, add 1: AdaGrad, Duchi et al. 2011) of its squares.
//
//	g = clip · g
//	s = keep · s + add · g²
//	p = p − η · g / (√s + ε)
func RMSProp(b Backend, p, s, g, scratch Tensor, c RMSScalars, keep, add float64) {
	if f, ok := b.(RMSPropFuser); ok {
		f.RMSProp(p, s, g, scratch, c, keep, add)
		return
	}
	RMSPropComposed(b, p, s, g, scratch, c, keep, add)
}

// RMSPropComposed is the definition of RMSProp.
func RMSPropComposed(b Backend, p, s, g, scratch Tensor, c RMSScalars, keep, add float64) {
	b.Binary(Mul, g, g, c.Clip)
	b.Unary(Square, scratch, g)
	b.Axpby(add, scratch, keep, s)
	b.Unary(Sqrt, scratch, s)
	b.Binary(Add, scratch, scratch, c.Eps)
	b.Binary(Div, g, g, scratch)
	b.Binary(Mul, g, g, c.LR)
	b.Binary(Sub, p, p, g)
}

// SparseAdamScalars are the operands of SparseAdam that change from step to step, each [1].
type SparseAdamScalars struct {
	Clip     Tensor // factor on the gradient, from ClipScale
	StepSize Tensor // η √(1 − β2ᵗ) / (1 − β1ᵗ)
	Eps      Tensor // ε
}

// SparseAdamFuser is a backend that does SparseAdam in one pass.
type SparseAdamFuser interface {
	SparseAdam(p, m, v, g, scratch Tensor, s SparseAdamScalars, beta1, beta2 float64)
}

// SparseAdam is Adam for the entries whose clipped gradient is not 0; the others keep p, m and v,
// without any decay (torch.optim.SparseAdam on the non-zero entries of a dense gradient). An entry
// whose gradient is NaN keeps them too: the gradient's norm tells of it.
//
//	g = clip · g;  where |g| > 0:
//	m = m + (1−β1)(g − m)
//	v = v + (1−β2)(g² − v)
//	p = p − stepsize · m / (√v + ε)
func SparseAdam(b Backend, p, m, v, g, scratch Tensor, s SparseAdamScalars, beta1, beta2 float64) {
	if f, ok := b.(SparseAdamFuser); ok {
		f.SparseAdam(p, m, v, g, scratch, s, beta1, beta2)
		return
	}
	SparseAdamComposed(b, p, m, v, g, scratch, s, beta1, beta2)
}

// SparseAdamComposed is the definition of SparseAdam.
func SparseAdamComposed(b Backend, p, m, v, g, scratch Tensor, s SparseAdamScalars, beta1, beta2 float64) {
	b.Binary(Mul, g, g, s.Clip)
	b.Binary(Sub, scratch, g, m)
	b.Unary(Abs, g, g)
	b.Binary(MaskByAbove, scratch, scratch, g)
	b.Axpby(1-beta1, scratch, 1, m)
	b.Unary(Square, scratch, g)
	b.Binary(Sub, scratch, scratch, v)
	b.Binary(MaskByAbove, scratch, scratch, g)
	b.Axpby(1-beta2, scratch, 1, v)
	b.Unary(Sqrt, scratch, v)
	b.Binary(Add, scratch, scratch, s.Eps)
	b.Binary(Div, scratch, m, scratch)
	b.Binary(MaskByAbove, scratch, scratch, g)
	b.Binary(Mul, scratch, scratch, s.StepSize)
	b.Binary(Sub, p, p, scratch)
}

// SparseSGDFuser is a backend that does SparseSGD in one pass.
type SparseSGDFuser interface {
	SparseSGD(p, m, g, scratch, clip, lr Tensor, momentum float64)
}

// SparseSGD is SGD with momentum for the entries whose clipped gradient is not 0; the others keep
// p and m. An entry whose gradient is NaN keeps them too: the gradient's norm tells of it.
//
//	g = clip · g;  where |g| > 0:
//	m = μ m + g
//	p = p − η m
func SparseSGD(b Backend, p, m, g, scratch, clip, lr Tensor, momentum float64) {
	if f, ok := b.(SparseSGDFuser); ok {
		f.SparseSGD(p, m, g, scratch, clip, lr, momentum)
		return
	}
	SparseSGDComposed(b, p, m, g, scratch, clip, lr, momentum)
}

// SparseSGDComposed is the definition of SparseSGD.
func SparseSGDComposed(b Backend, p, m, g, scratch, clip, lr Tensor, momentum float64) {
	b.Binary(Mul, g, g, clip)
	b.Axpby(1, g, 0, scratch)
	b.Axpby(momentum-1, m, 1, scratch) // what m changes by
	b.Unary(Abs, g, g)
	b.Binary(MaskByAbove, scratch, scratch, g)
	b.Binary(Add, m, m, scratch)
	b.Binary(MaskByAbove, scratch, m, g)
	b.Binary(Mul, scratch, scratch, lr)
	b.Binary(Sub, p, p, scratch)
}
