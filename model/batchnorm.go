package model

import "noise2sparse/compute"

// The constants of batch normalisation, PyTorch's defaults.
const (
	batchNormEpsilon  = 1e-5
	batchNormMomentum = 0.1
)

// batchNorm normalises each channel over batch and positions (Ioffe and Szegedy 2015):
//
//	y = gamma (x − mean) / √(variance + ε) + beta        x (positions × C)
//
// In training mean and variance are the batch's, and the running ones move towards them by a tenth,
// the variance to the unbiased one; in evaluation they are the running ones. Either way the whole is
// x · scale + shift, with a scale and a shift per channel, and so the epilogue of whatever computes x.
type batchNorm struct {
	b            compute.Backend
	name         string
	gamma, beta  *Param         // "<name>.weight", "<name>.bias"
	runningMean  compute.Tensor // [C]
	runningVar   compute.Tensor // [C]
	tracked      compute.Tensor // Int64, no dimensions: training batches seen
	mean, inv    compute.Tensor // [C], of the last forward pass: mean and 1/√(variance + ε)
	scale, shift compute.Tensor // [C]
	epsilon      compute.Tensor // [1]
	x            compute.Tensor // (positions × C), the last training batch
}

// newBatchNorm declares weight and bias.
func newBatchNorm(b compute.Backend, ps *Params, name string, channels int) *batchNorm {
	row := func() compute.Tensor { return b.Alloc(b.Float(), channels) }
	n := &batchNorm{
		b: b, name: name, runningMean: row(), runningVar: row(), tracked: b.Alloc(compute.Int64),
		mean: row(), inv: row(), scale: row(), shift: row(), epsilon: b.Alloc(b.Float(), 1),
	}
	b.Fill(n.runningVar, 1)
	b.Fill(n.epsilon, batchNormEpsilon)
	n.gamma = &Param{Name: name + ".weight", shape: []int{channels}, init: constant(1)}
	n.beta = &Param{Name: name + ".bias", shape: []int{channels}, init: constant(0)}
	ps.List = append(ps.List, n.gamma, n.beta)
	return n
}

// constant fills a new parameter with one number.
func constant(v float64) Init {
	return func(b compute.Backend, value compute.Tensor, _ uint64, _ compute.Purpose) { b.Fill(value, v) }
}

// State are the running statistics, under PyTorch's names.
func (n *batchNorm) State() []State {
	return []State{
		{Name: n.name + ".running_mean", Tensor: n.runningMean, WithWeights: true},
		{Name: n.name + ".running_var", Tensor: n.runningVar, WithWeights: true},
		{Name: n.name + ".num_batches_tracked", Tensor: n.tracked, WithWeights: true},
	}
}

// measure takes the moments of a training batch x (positions × C), and returns the epilogue of
// normalising it.
func (n *batchNorm) measure(x compute.Tensor) compute.Epilogue {
	n.x = x
	n.b.ChannelMoments(n.mean, n.inv, n.runningMean, n.runningVar, x, batchNormMomentum, batchNormEpsilon)
	n.b.Advance(n.tracked, 1)
	return n.affine(n.mean)
}

// running is the epilogue of normalising with the running statistics.
func (n *batchNorm) running() compute.Epilogue {
	compute.InverseStd(n.b, n.inv, n.runningVar, n.epsilon)
	return n.affine(n.runningMean)
}

func (n *batchNorm) affine(mean compute.Tensor) compute.Epilogue {
	compute.BatchNormAffine(n.b, n.scale, n.shift, n.gamma.Value, n.beta.Value, mean, n.inv)
	return compute.Epilogue{Scale: n.scale, Shift: n.shift}
}

// backward sets the gradients of weight and bias, and dx, from the gradient dy of the last measured
// batch; dx may be dy.
func (n *batchNorm) backward(dx, dy compute.Tensor) {
	n.b.BatchNormBackward(dx, n.gamma.Grad, n.beta.Grad, dy, n.x, n.mean, n.inv, n.gamma.Value)
}
