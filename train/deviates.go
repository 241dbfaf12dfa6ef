package train

import (
	"noise2sparse/compute"
	"noise2sparse/model"
)

// deviates are standard normal numbers for networks that sample, from streams of their own, so that
// a network that samples sees the same input noise as one that does not.
type deviates struct {
	b    compute.Backend
	seed uint64
	one  compute.Tensor    // Float [1]: the standard deviation
	step [2]compute.Tensor // Int64 [1], by mode
}

func (e *Engine) newDeviates() model.NoiseSource {
	d := &deviates{b: e.b, seed: e.cfg.Seed, one: e.b.Alloc(e.b.Float(), 1), step: [2]compute.Tensor{model.Train: e.step, model.Eval: e.evalStep}}
	e.b.Fill(d.one, 1)
	return d
}

// On implements model.NoiseSource.
func (d *deviates) On(model.Mode) bool { return true }

// Add implements model.NoiseSource.
func (d *deviates) Add(dst, src compute.Tensor, m model.Mode) {
	purpose := compute.PurposeSampling
	if m == model.Eval {
		purpose = compute.PurposeSamplingValidation
	}
	d.b.AddNoise(dst, src, compute.Noise{Kind: compute.Gaussian, Amount: d.one, Seed: d.seed, Purpose: purpose}, d.step[m])
}

// learner is the network where part of it learns from the samples' losses, else nil.
func (e *Engine) lossLearner() model.LossLearner {
	if l, ok := e.Net.(model.LossLearner); ok && l.LearnsFromLosses() {
		return l
	}
	return nil
}

// sampleLosses sets e.losses to the loss of each sample of the batch whose outputs are e.out, with
// the terms that are added to every sample's.
func (e *Engine) sampleLosses(dout compute.Tensor) {
	losses := e.losses.Head(dout.Rows())
	e.objective.losses(losses, e.out, dout)
	e.regular.addEach(losses)
}
