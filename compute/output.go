package compute

// Output is what the last layer has computed, on its way through a loss: forward and backward, with
// the layer's bias in the same pass.
type Output struct {
	Out   Tensor // (B × d): without the bias before, with it afterwards
	Bias  Tensor // [d], or Tensor{}: none
	Grad  Tensor // (B × d): set to the loss's gradient
	DBias Tensor // [d], or Tensor{}: set to the bias's gradient, Σ_i Grad_ij
}

// addBias is the first part of every loss.
func (o Output) addBias(b Backend) {
	if o.Bias.Valid() {
		b.Binary(Add, o.Out, o.Out, o.Bias)
	}
}

// sumGradient is the last part.
func (o Output) sumGradient(b Backend) {
	if o.DBias.Valid() {
		b.Reduce(Sum, o.DBias, o.Grad, Columns, false)
	}
}

// OutputFuser is a backend that does OutputMSE and OutputCrossEntropy in one pass each.
type OutputFuser interface {
	OutputMSE(total Tensor, o Output, target Tensor, scale, share float64)
	OutputCrossEntropy(total, correct Tensor, o Output, labels, all, index Tensor, scale float64)
}

// OutputMSE is the squared error of an output. With r = out + bias − target (B × d):
//
//	total = share · Σ_ij r_ij²       Float64 [1]
//	grad = scale · r,  dbias_j = Σ_i grad_ij
func OutputMSE(b Backend, total Tensor, o Output, target Tensor, scale, share float64) {
	if f, ok := b.(OutputFuser); ok {
		f.OutputMSE(total, o, target, scale, share)
		return
	}
	OutputMSEComposed(b, total, o, target, scale, share)
}

// OutputMSEComposed is the definition of OutputMSE.
func OutputMSEComposed(b Backend, total Tensor, o Output, target Tensor, scale, share float64) {
	o.addBias(b)
	MSE(b, total, o.Grad, o.Out, target, scale)
	b.Axpby(share, total, 0, total)
	o.sumGradient(b)
}

// OutputCrossEntropy is CrossEntropy of the logits out + bias (B × c) with the labels all[index]: all
// are those of a dataset (Int32 [n 1]), index (Int32 [B]) is the batch's rows in it. labels (Int32 [B 1])
// is scratch.
func OutputCrossEntropy(b Backend, total, correct Tensor, o Output, labels, all, index Tensor, scale float64) {
	if f, ok := b.(OutputFuser); ok {
		f.OutputCrossEntropy(total, correct, o, labels, all, index, scale)
		return
	}
	OutputCrossEntropyComposed(b, total, correct, o, labels, all, index, scale)
}

// OutputCrossEntropyComposed is the definition of OutputCrossEntropy.
func OutputCrossEntropyComposed(b Backend, total, correct Tensor, o Output, labels, all, index Tensor, scale float64) {
	b.Gather(labels, all, index)
	o.addBias(b)
	b.CrossEntropy(total, correct, o.Grad, o.Out, labels.Flat(), scale)
	o.sumGradient(b)
}
