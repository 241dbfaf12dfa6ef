package computetest

import (
	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu" // what the mutants are made of
)

// hooks is a backend some of whose operations are replaced. Fused operations are compositions of
// its own primitives unless replaced.
type hooks struct {
	compute.Backend
	alloc        func(dt compute.DType, shape ...int) compute.Tensor
	upload       func(dst compute.Tensor, src []byte)
	copy         func(dst, src compute.Tensor)
	fill         func(dst compute.Tensor, v float64)
	record       func(step func()) compute.Program
	unary        func(op compute.UnaryOp, y, x compute.Tensor)
	binary       func(op compute.BinaryOp, z, x, y compute.Tensor)
	axpby        func(a float64, x compute.Tensor, b float64, y compute.Tensor)
	gather       func(dst, src, index compute.Tensor)
	advance      func(counter compute.Tensor, by int64)
	note         func(first, x, step compute.Tensor)
	matmul       func(c, a, b compute.Tensor, transA, transB bool, alpha, beta float64)
	reduce       func(op compute.ReduceOp, dst, x compute.Tensor, axis compute.Axis, accumulate bool)
	topK         func(y, threshold, x, k compute.Tensor)
	noise        func(dst, src compute.Tensor, n compute.Noise, step compute.Tensor)
	uniform      func(dst compute.Tensor, lo, hi float64, seed uint64, purpose compute.Purpose)
	keepMask     func(dst compute.Tensor, drop float64, seed uint64, purpose compute.Purpose, step compute.Tensor)
	shuffle      func(index compute.Tensor, n int, seed uint64, epoch, batch compute.Tensor, stride int)
	crossEntropy func(total, correct, grad, logits, labels compute.Tensor, scale float64)
	clipScale    func(scale, norm, squares compute.Tensor, limit float64)
	biasReLU     func(y, bias, fired, total compute.Tensor)
	reluBackward func(dpre, dbias, dpost, post compute.Tensor)
	linear       linearWay
	mse          func(total, grad, out, target compute.Tensor, scale float64)
	adam         func(p, m, v, g compute.Tensor, s compute.AdamScalars, beta1, beta2 float64)
	sgd          func(p, m, g, clip, lr compute.Tensor, momentum float64)
	rmsProp      func(p, s, g, scratch compute.Tensor, c compute.RMSScalars, keep, add float64)
	sparseAdam   func(p, m, v, g, scratch compute.Tensor, s compute.SparseAdamScalars, beta1, beta2 float64)
	step         func(s *compute.Stepper, clip, rows compute.Tensor)
	power        func(dst, a compute.Tensor, power, floor float64)
	softmax      func(p, s, scale compute.Tensor)
	softmaxBack  func(ds, dp, p compute.Tensor)
	finish       func(y, x compute.Tensor, e compute.Epilogue)
	convolution  convolutions
	ends         ends
}

// newHooks replaces nothing yet.
func newHooks(b compute.Backend) *hooks {
	h := &hooks{Backend: b, ends: composedEnds()}
	h.alloc, h.upload, h.copy, h.fill, h.record = b.Alloc, b.Upload, b.Copy, b.Fill, b.Record
	h.unary, h.binary, h.axpby, h.gather, h.advance, h.note = b.Unary, b.Binary, b.Axpby, b.Gather, b.Advance, b.NoteNonFinite
	h.matmul, h.reduce, h.noise, h.uniform, h.keepMask, h.shuffle = b.Matmul, b.Reduce, b.AddNoise, b.Uniform, b.KeepMask, b.Shuffle
	h.topK = b.TopKMask
	h.crossEntropy, h.clipScale = b.CrossEntropy, b.ClipScale
	h.biasReLU = func(y, bias, fired, total compute.Tensor) { compute.BiasReLUComposed(h, y, bias, fired, total) }
	h.reluBackward = func(dpre, dbias, dpost, post compute.Tensor) {
		compute.ReLUBackwardComposed(h, dpre, dbias, dpost, post)
	}
	h.linear = linearWay{
		forward: func(_ compute.Backend, y, x, w, bias, fired, total, _ compute.Tensor) {
			compute.LinearReLUComposed(h, y, x, w, bias, fired, total)
		},
		backward: func(_ compute.Backend, dpre, dbias, dy, v, post, _ compute.Tensor) {
			compute.LinearReLUBackwardComposed(h, dpre, dbias, dy, v, post)
		},
		gradient: func(_ compute.Backend, dw, dbias, dy, x compute.Tensor) {
			compute.LinearGradientComposed(h, dw, dbias, dy, x)
		},
	}
	h.mse = func(total, grad, out, target compute.Tensor, scale float64) {
		compute.MSEComposed(h, total, grad, out, target, scale)
	}
	h.adam = func(p, m, v, g compute.Tensor, s compute.AdamScalars, beta1, beta2 float64) {
		compute.AdamComposed(h, p, m, v, g, s, beta1, beta2)
	}
	h.sgd = func(p, m, g, clip, lr compute.Tensor, momentum float64) {
		compute.SGDComposed(h, p, m, g, clip, lr, momentum)
	}
	h.rmsProp = func(p, s, g, scratch compute.Tensor, c compute.RMSScalars, keep, add float64) {
		compute.RMSPropComposed(h, p, s, g, scratch, c, keep, add)
	}
	h.sparseAdam = func(p, m, v, g, scratch compute.Tensor, s compute.SparseAdamScalars, beta1, beta2 float64) {
		compute.SparseAdamComposed(h, p, m, v, g, scratch, s, beta1, beta2)
	}
	h.step = func(s *compute.Stepper, clip, rows compute.Tensor) { s.StepComposed(h, clip, rows) }
	h.power = b.SymmetricPower
	h.finish = func(y, x compute.Tensor, e compute.Epilogue) { compute.FinishComposed(h, y, x, e) }
	h.convolution = composedConvolutions(h)
	fuser := b.(compute.SoftmaxFuser)
	h.softmax, h.softmaxBack = fuser.RowSoftmax, fuser.RowSoftmaxBackward
	return h
}

func (h *hooks) Alloc(dt compute.DType, shape ...int) compute.Tensor { return h.alloc(dt, shape...) }
func (h *hooks) Upload(dst compute.Tensor, src []byte)               { h.upload(dst, src) }
func (h *hooks) Copy(dst, src compute.Tensor)                        { h.copy(dst, src) }
func (h *hooks) Fill(dst compute.Tensor, v float64)                  { h.fill(dst, v) }
func (h *hooks) Record(step func()) compute.Program                  { return h.record(step) }
func (h *hooks) Unary(op compute.UnaryOp, y, x compute.Tensor)       { h.unary(op, y, x) }
func (h *hooks) Binary(op compute.BinaryOp, z, x, y compute.Tensor)  { h.binary(op, z, x, y) }
func (h *hooks) Axpby(a float64, x compute.Tensor, b float64, y compute.Tensor) {
	h.axpby(a, x, b, y)
}
func (h *hooks) Gather(dst, src, index compute.Tensor)         { h.gather(dst, src, index) }
func (h *hooks) Advance(counter compute.Tensor, by int64)      { h.advance(counter, by) }
func (h *hooks) NoteNonFinite(first, x, step compute.Tensor)   { h.note(first, x, step) }
func (h *hooks) BiasReLU(y, bias, fired, total compute.Tensor) { h.biasReLU(y, bias, fired, total) }
func (h *hooks) ReLUBackward(dpre, dbias, dpost, post compute.Tensor) {
	h.reluBackward(dpre, dbias, dpost, post)
}

func (h *hooks) MSE(total, grad, out, target compute.Tensor, scale float64) {
	h.mse(total, grad, out, target, scale)
}

func (h *hooks) ClipScale(scale, norm, squares compute.Tensor, limit float64) {
	h.clipScale(scale, norm, squares, limit)
}

func (h *hooks) Adam(p, m, v, g compute.Tensor, s compute.AdamScalars, beta1, beta2 float64) {
	h.adam(p, m, v, g, s, beta1, beta2)
}

func (h *hooks) SGD(p, m, g, clip, lr compute.Tensor, momentum float64) {
	h.sgd(p, m, g, clip, lr, momentum)
}

func (h *hooks) RMSProp(p, s, g, scratch compute.Tensor, c compute.RMSScalars, keep, add float64) {
	h.rmsProp(p, s, g, scratch, c, keep, add)
}

func (h *hooks) SparseAdam(p, m, v, g, scratch compute.Tensor, s compute.SparseAdamScalars, beta1, beta2 float64) {
	h.sparseAdam(p, m, v, g, scratch, s, beta1, beta2)
}

// StepTable and Step make hooks a compute.StepFuser.
func (h *hooks) StepTable(compute.ElementRule, []compute.Part) []int64 { return []int64{0} }

func (h *hooks) Step(s *compute.Stepper, clip, rows compute.Tensor) {
	if !s.Scratch.Valid() {
		s.Scratch = h.Backend.Alloc(s.P.DType(), s.P.Len())
	}
	h.step(s, clip, rows)
}

func (h *hooks) SymmetricPower(dst, a compute.Tensor, power, floor float64) {
	h.power(dst, a, power, floor)
}

func (h *hooks) Matmul(c, a, b compute.Tensor, transA, transB bool, alpha, beta float64) {
	h.matmul(c, a, b, transA, transB, alpha, beta)
}

func (h *hooks) Reduce(op compute.ReduceOp, dst, x compute.Tensor, axis compute.Axis, accumulate bool) {
	h.reduce(op, dst, x, axis, accumulate)
}

func (h *hooks) RowSoftmax(p, s, scale compute.Tensor)       { h.softmax(p, s, scale) }
func (h *hooks) RowSoftmaxBackward(ds, dp, p compute.Tensor) { h.softmaxBack(ds, dp, p) }

// Finish, LinearFinish and DepthwiseFinish make hooks a compute.EpilogueFuser.
func (h *hooks) Finish(y, x compute.Tensor, e compute.Epilogue) { h.finish(y, x, e) }

func (h *hooks) LinearFinish(y, x, w compute.Tensor, e compute.Epilogue) {
	compute.LinearFinishComposed(h, y, x, w, e)
}

func (h *hooks) DepthwiseFinish(y, x, w compute.Tensor, e compute.Epilogue) {
	compute.DepthwiseFinishComposed(h, y, x, w, e)
}

func (h *hooks) TopKMask(y, threshold, x, k compute.Tensor) { h.topK(y, threshold, x, k) }

func (h *hooks) AddNoise(dst, src compute.Tensor, n compute.Noise, step compute.Tensor) {
	h.noise(dst, src, n, step)
}

func (h *hooks) Uniform(dst compute.Tensor, lo, hi float64, seed uint64, purpose compute.Purpose) {
	h.uniform(dst, lo, hi, seed, purpose)
}

func (h *hooks) KeepMask(dst compute.Tensor, drop float64, seed uint64, purpose compute.Purpose, step compute.Tensor) {
	h.keepMask(dst, drop, seed, purpose, step)
}

func (h *hooks) Shuffle(index compute.Tensor, n int, seed uint64, epoch, batch compute.Tensor, stride int) {
	h.shuffle(index, n, seed, epoch, batch, stride)
}

func (h *hooks) CrossEntropy(total, correct, grad, logits, labels compute.Tensor, scale float64) {
	h.crossEntropy(total, correct, grad, logits, labels, scale)
}

// read returns t's elements.
func (h *hooks) read(t compute.Tensor) []float64 {
	data := make([]byte, t.Bytes())
	h.Backend.Download(data, t)
	return decode(t.DType(), data)
}

// edit changes t's elements.
func (h *hooks) edit(t compute.Tensor, f func(v []float64)) {
	v := h.read(t)
	f(v)
	h.Backend.Upload(t, encode(t.DType(), v))
}

// temp is a new tensor like t that holds v.
func (h *hooks) temp(t compute.Tensor, v []float64) compute.Tensor {
	u := h.Backend.Alloc(t.DType(), t.Shape()...)
	h.Backend.Upload(u, encode(t.DType(), v))
	return u
}

// atMost is a program that never runs more often in a row.
type atMost struct {
	compute.Program
	n int
}

func (p atMost) Run(n int) { p.Program.Run(min(n, p.n)) }
