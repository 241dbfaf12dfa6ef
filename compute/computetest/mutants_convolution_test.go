package computetest

import "noise2sparse/compute"

func init() { mutants = append(mutants, convolutionMutants...) }

// convolutions are a backend's own, which mutants replace.
type convolutions struct {
	finish func(y, x, w compute.Tensor, c compute.Convolution, e compute.Epilogue)
	input  func(dx, dy, w compute.Tensor, c compute.Convolution)
	weight func(dw, dy, x compute.Tensor, c compute.Convolution)
}

func composedConvolutions(b compute.Backend) convolutions {
	return convolutions{
		func(y, x, w compute.Tensor, c compute.Convolution, e compute.Epilogue) {
			compute.ConvolveFinishComposed(b, y, x, w, c, e)
		},
		func(dx, dy, w compute.Tensor, c compute.Convolution) { compute.ConvolveInputComposed(b, dx, dy, w, c) },
		func(dw, dy, x compute.Tensor, c compute.Convolution) { compute.ConvolveWeightComposed(b, dw, dy, x, c) },
	}
}

// ConvolveFinish, ConvolveInput and ConvolveWeight make hooks a compute.ConvolutionFuser.
func (h *hooks) ConvolveFinish(y, x, w compute.Tensor, c compute.Convolution, e compute.Epilogue) {
	h.convolution.finish(y, x, w, c, e)
}

func (h *hooks) ConvolveInput(dx, dy, w compute.Tensor, c compute.Convolution) {
	h.convolution.input(dx, dy, w, c)
}

func (h *hooks) ConvolveWeight(dw, dy, x compute.Tensor, c compute.Convolution) {
	h.convolution.weight(dw, dy, x, c)
}

// flipped turns kernels by half a turn, in place.
func (h *hooks) flipped(w compute.Tensor) {
	h.edit(w, func(v []float64) {
		k := w.Dim(2) * w.Dim(3)
		for i := 0; i < len(v); i += k {
			for a, b := i, i+k-1; a < b; a, b = a+1, b-1 {
				v[a], v[b] = v[b], v[a]
			}
		}
	})
}

var convolutionMutants = []mutant{
	{"ConvolveFinish is no cross-correlation", "convolution/ConvolveFinish", func(h *hooks, _ compute.Options) {
		right := h.convolution.finish
		h.convolution.finish = func(y, x, w compute.Tensor, c compute.Convolution, e compute.Epilogue) {
			h.flipped(w)
			right(y, x, w, c, e)
			h.flipped(w)
		}
	}},
	{"ConvolveFinish forgets the epilogue", "convolution/ConvolveFinish", func(h *hooks, _ compute.Options) {
		right := h.convolution.finish
		h.convolution.finish = func(y, x, w compute.Tensor, c compute.Convolution, _ compute.Epilogue) {
			right(y, x, w, c, compute.Epilogue{})
		}
	}},
	{"ConvolveInput takes the kernels as they are", "convolution/ConvolveInput", func(h *hooks, _ compute.Options) {
		right := h.convolution.input
		h.convolution.input = func(dx, dy, w compute.Tensor, c compute.Convolution) {
			h.flipped(w)
			right(dx, dy, w, c)
			h.flipped(w)
		}
	}},
	{"ConvolveWeight leaves windows' order", "convolution/ConvolveWeight", func(h *hooks, _ compute.Options) {
		right := h.convolution.weight
		h.convolution.weight = func(dw, dy, x compute.Tensor, c compute.Convolution) {
			right(dw, dy, x, c)
			if c.Window.Size > 1 {
				h.Backend.Copy(dw, c.Laid(dw))
			}
		}
	}},
}
