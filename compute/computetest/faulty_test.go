package computetest

import "noise2sparse/compute"

// faulty is a backend some of whose operations on images are replaced.
type faulty struct {
	compute.Backend
	h               *hooks
	transpose       func(dst, src compute.Tensor)
	patches         func(dst, x compute.Tensor, w compute.Window)
	sumPatches      func(dx, patches compute.Tensor, w compute.Window)
	depthwise       func(y, x, w, bias compute.Tensor)
	depthwiseInput  func(dx, dy, w compute.Tensor)
	depthwiseWeight func(dw, dbias, dy, x compute.Tensor)
	maxPool         func(y, index, x compute.Tensor, w compute.Window)
	maxPoolBack     func(dx, dy, index compute.Tensor, w compute.Window)
	meanPool        func(y, x compute.Tensor)
	moments         func(mean, inv, runningMean, runningVar, x compute.Tensor, momentum, eps float64)
	normBack        func(dx, dgamma, dbeta, dy, x, mean, inv, gamma compute.Tensor)
	augment         func(dst, src compute.Tensor, a compute.Augmentation, step compute.Tensor)
}

// imageMutant is a mutant of the operations on images; b is the backend as it should be.
func imageMutant(name, check string, change func(f *faulty, b compute.Backend)) mutant {
	return mutant{name, "convolve/" + check, func(h *hooks, _ compute.Options) {
		b := h.Backend
		f := &faulty{
			Backend: b, h: h, transpose: b.Transpose, patches: b.Patches, sumPatches: b.SumPatches, depthwise: b.Depthwise,
			depthwiseInput: b.DepthwiseInput, depthwiseWeight: b.DepthwiseWeight, maxPool: b.MaxPool, maxPoolBack: b.MaxPoolBackward,
			meanPool: b.MeanPool, moments: b.ChannelMoments, normBack: b.BatchNormBackward, augment: b.Augment,
		}
		change(f, b)
		h.Backend = f
	}}
}

func (f *faulty) Transpose(dst, src compute.Tensor)               { f.transpose(dst, src) }
func (f *faulty) Patches(dst, x compute.Tensor, w compute.Window) { f.patches(dst, x, w) }
func (f *faulty) SumPatches(dx, patches compute.Tensor, w compute.Window) {
	f.sumPatches(dx, patches, w)
}

func (f *faulty) Depthwise(y, x, w, bias compute.Tensor) { f.depthwise(y, x, w, bias) }

func (f *faulty) DepthwiseInput(dx, dy, w compute.Tensor) { f.depthwiseInput(dx, dy, w) }

func (f *faulty) DepthwiseWeight(dw, dbias, dy, x compute.Tensor) {
	f.depthwiseWeight(dw, dbias, dy, x)
}

func (f *faulty) MaxPool(y, index, x compute.Tensor, w compute.Window) { f.maxPool(y, index, x, w) }
func (f *faulty) MeanPool(y, x compute.Tensor)                         { f.meanPool(y, x) }
func (f *faulty) MaxPoolBackward(dx, dy, i compute.Tensor, w compute.Window) {
	f.maxPoolBack(dx, dy, i, w)
}

func (f *faulty) ChannelMoments(mean, inv, runningMean, runningVar, x compute.Tensor, momentum, eps float64) {
	f.moments(mean, inv, runningMean, runningVar, x, momentum, eps)
}

func (f *faulty) BatchNormBackward(dx, dgamma, dbeta, dy, x, mean, inv, gamma compute.Tensor) {
	f.normBack(dx, dgamma, dbeta, dy, x, mean, inv, gamma)
}

func (f *faulty) Augment(dst, src compute.Tensor, a compute.Augmentation, step compute.Tensor) {
	f.augment(dst, src, a, step)
}
