package computetest

import "noise2sparse/compute"

// ends is what hooks do at the two ends of a step.
type ends struct {
	takeBatch takeBatch
	mse       outputMSE
	cross     outputCrossEntropy
}

func composedEnds() ends {
	return ends{compute.TakeBatchComposed, compute.OutputMSEComposed, compute.OutputCrossEntropyComposed}
}

// TakeBatch makes hooks a compute.BatchFuser.
func (h *hooks) TakeBatch(t compute.Batch) { h.ends.takeBatch(h, t) }

// OutputMSE and OutputCrossEntropy make hooks a compute.OutputFuser.
func (h *hooks) OutputMSE(total compute.Tensor, o compute.Output, target compute.Tensor, scale, share float64) {
	h.ends.mse(h, total, o, target, scale, share)
}

func (h *hooks) OutputCrossEntropy(total, correct compute.Tensor, o compute.Output, labels, all, index compute.Tensor, scale float64) {
	h.ends.cross(h, total, correct, o, labels, all, index, scale)
}

func init() { mutants = append(mutants, passMutants...) }

// batchMutant changes the batch that is asked for.
func batchMutant(name string, change func(b compute.Backend, t *compute.Batch)) mutant {
	return mutant{"batch: " + name, "pass/TakeBatch", func(h *hooks, _ compute.Options) {
		h.ends.takeBatch = func(b compute.Backend, t compute.Batch) {
			change(h.Backend, &t)
			compute.TakeBatchComposed(h.Backend, t)
		}
	}}
}

// passMutants are faults of the two ends of a step.
var passMutants = []mutant{
	batchMutant("noise on what is not normalised", func(_ compute.Backend, t *compute.Batch) { t.Normal = compute.Tensor{} }),
	batchMutant("noise in the place of the clean samples", func(_ compute.Backend, t *compute.Batch) {
		if t.Noisy.Valid() {
			t.Clean = t.Noisy
		}
	}),
	batchMutant("batches of their own size", func(_ compute.Backend, t *compute.Batch) { t.Stride = t.Index.Len() }),
	batchMutant("the noise of the step of the epoch", func(_ compute.Backend, t *compute.Batch) {
		if t.Noisy.Valid() {
			t.Step = t.Number
		}
	}),
	batchMutant("the first row of the schedule", func(b compute.Backend, t *compute.Batch) { t.Table = t.Table.Head(1); b.Fill(t.Number, 0) }),
	{"output: the bias's gradient of a batch before", "pass/OutputMSE", func(h *hooks, _ compute.Options) {
		h.ends.mse = func(_ compute.Backend, total compute.Tensor, o compute.Output, target compute.Tensor, scale, share float64) {
			if o.DBias.Valid() {
				h.Backend.Reduce(compute.Sum, o.DBias, o.Grad, compute.Columns, false)
			}
			o.DBias = compute.Tensor{}
			compute.OutputMSEComposed(h.Backend, total, o, target, scale, share)
		}
	}},
	{"output: the loss forgets its share", "pass/OutputMSE", func(h *hooks, _ compute.Options) {
		h.ends.mse = func(_ compute.Backend, total compute.Tensor, o compute.Output, target compute.Tensor, scale, _ float64) {
			compute.OutputMSEComposed(h.Backend, total, o, target, scale, 1)
		}
	}},
	{"output: the bias is left out of the outputs", "pass/OutputMSE", func(h *hooks, _ compute.Options) {
		h.ends.mse = func(_ compute.Backend, total compute.Tensor, o compute.Output, target compute.Tensor, scale, share float64) {
			out := h.read(o.Out)
			compute.OutputMSEComposed(h.Backend, total, o, target, scale, share)
			h.edit(o.Out, func(v []float64) { copy(v, out) })
		}
	}},
	{"output: labels of the first samples", "pass/OutputCrossEntropy", func(h *hooks, _ compute.Options) {
		h.ends.cross = func(_ compute.Backend, total, correct compute.Tensor, o compute.Output, labels, all, index compute.Tensor, scale float64) {
			h.edit(index, func(v []float64) {
				for i := range v {
					v[i] = float64(i % all.Len())
				}
			})
			compute.OutputCrossEntropyComposed(h.Backend, total, correct, o, labels, all, index, scale)
		}
	}},
	{"output: a classifier's bias's gradient is that of its first row", "pass/OutputCrossEntropy", func(h *hooks, _ compute.Options) {
		h.ends.cross = func(_ compute.Backend, total, correct compute.Tensor, o compute.Output, labels, all, index compute.Tensor, scale float64) {
			compute.OutputCrossEntropyComposed(h.Backend, total, correct, o, labels, all, index, scale)
			if o.DBias.Valid() {
				h.Backend.Copy(o.DBias, o.Grad.Head(1))
			}
		}
	}},
}
