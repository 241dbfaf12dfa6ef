package train

import (
	"noise2sparse/compute"
	"noise2sparse/model"
)

// takeBatch sets index (Int32 [n]) and x (n × d) to the samples of this step, and e.scalars to its row of
// the schedule. It returns what the network goes on with: x, normalised and with noise. Where order and
// noise are a real run's, that is one operation; those of a replay come from the host one by one, and
// augmentation lies between the samples and their noise.
func (e *Engine) takeBatch(index, x compute.Tensor) compute.Tensor {
	entry := e.core.Entry(x.Rows(), model.Train)
	if order, ok := e.order.(*shuffled); ok && e.cfg.Augmentation == nil {
		t := compute.Batch{
			Row: e.scalars, Table: e.schedule, Number: order.batch,
			Index: index, Stride: order.size, Seed: order.seed, Epoch: order.epoch,
			Clean: x, Samples: e.train.x, Normal: entry.Normal, Mean: entry.Mean, Std: entry.Std,
		}
		if addNoise(&t, entry) {
			compute.TakeBatch(e.b, t)
			return entry.Result(x)
		}
	}
	e.b.Gather(e.scalars, e.schedule, e.batch)
	e.order.Batch(index)
	e.gather(x, index)
	return entry.Apply(e.b, x, model.Train)
}

// addNoise asks for the entry's noise, if it has any, and tells whether TakeBatch knows that kind.
func addNoise(t *compute.Batch, entry model.Entry) bool {
	if entry.Noise == nil {
		return true
	}
	p, ok := entry.Noise.(*model.PhiloxNoise)
	if ok {
		t.Noisy = entry.Noisy
		t.Noise, t.Step = p.Draw(model.Train)
	}
	return ok
}

// pass sends v, of clean inputs x with rows index of split, through the network and measures what
// comes out: loss and correct samples in e.sums.step, the loss's gradient in dout, and what the
// extras count. It returns the outputs (n × out).
func (e *Engine) pass(v, x, index, dout compute.Tensor, m model.Mode, split *deviceSplit) compute.Tensor {
	out := e.core.ForwardCore(v, m)
	o := compute.Output{Out: out, Grad: dout}
	if c := e.core.OutputBias(); c != nil {
		o.Bias = c.Value
		if m == model.Train {
			o.DBias = c.Grad
		}
	}
	loss, correct := e.sums.step.At(sumLoss), e.sums.step.At(sumCorrect)
	e.objective.evaluate(loss, correct, o, e.target(x), index, split)
	e.regular.addLoss(loss, x.Rows())
	e.probeForward(m, x, out)
	return out
}
