package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	TopKs.Register(registry.Entry[TopKRule]{
		Name: "learn_k_score_function",
		Doc:  "k is drawn for each sample from a learned log-normal distribution, which learns by the score-function estimator (Williams 1992) with a running mean of the loss as baseline",
		Value: TopKRule{New: newScoreFunction, Fields: []string{
			"initial_log_k", "initial_scale", "lr", "clip_norm", "baseline_decay",
		}},
	})
}

// scoreFunction learns (μ, σ) as learn_k_reinforce should have: the samples are constants, so with
// u = μ + σ ε before clipping and baseline the running mean of the loss,
//
//	grad = 1/B Σ_i (L_i − baseline) · (ε_i/σ, (ε_i² − 1)/σ),  scaled down to clip_norm
//	baseline = decay · baseline + (1 − decay) · mean_i L_i    (after the step; the first batch's mean at first)
//
// σ is kept at or above 0.01, so that it can't pass through 0.
type scoreFunction struct {
	*sampledK
	decay, limit float64
	baseline     compute.Tensor // Float [2]: the running mean, and 1 once there is one
	meanLoss     compute.Tensor // Float [1]
	weight       compute.Tensor // Float (batch × 1)
	advantage    compute.Tensor // Float (batch × 1)
	grad         compute.Tensor // Float [2]
	inverse      compute.Tensor // Float [1]
	smallest     compute.Tensor // Float [1]
	clip         compute.Tensor // Float [1]
	norm, square compute.Tensor // Float64 [1]
}

func newScoreFunction(b compute.Backend, c TopKConfig, s TopKSpec) TopK {
	f := func(shape ...int) compute.Tensor { return b.Alloc(b.Float(), shape...) }
	r := &scoreFunction{
		sampledK: newSampledK(b, c, s), decay: or(c.BaselineDecay, 0.99), limit: or(c.ClipNorm, 1),
		baseline: f(2), meanLoss: f(1), weight: f(s.Batch, 1), advantage: f(s.Batch, 1), grad: f(2),
		inverse: f(1), smallest: f(1), clip: f(1), norm: b.Alloc(compute.Float64, 1), square: b.Alloc(compute.Float64, 1),
	}
	b.Fill(r.smallest, 0.01)
	return r
}

// Backward leaves the gradient of k's distribution out of the clip norm: it has its own.
func (r *scoreFunction) Backward(dpre, dpost, post, _ compute.Tensor) {
	r.b.Binary(compute.MaskByAbove, dpre, dpost, post)
}

func (r *scoreFunction) State() []State { return []State{{Name: "top_k.baseline", Tensor: r.baseline}} }

// Learn takes the step.
func (r *scoreFunction) Learn(losses compute.Tensor) {
	b, n := r.b, losses.Len()
	r.average(losses)
	eps, w, a := r.eps.Head(n), r.weight.Head(n), r.advantage.Head(n)
	b.Binary(compute.Sub, a, losses.Reshape(n, 1), r.baseline.At(0))
	b.Binary(compute.Mul, w, a, eps)
	b.Reduce(compute.Sum, r.grad.At(0), w, compute.All, false)
	b.Binary(compute.Mul, w, w, eps)
	b.Binary(compute.Sub, w, w, a)
	b.Reduce(compute.Sum, r.grad.At(1), w, compute.All, false)
	b.Unary(compute.Reciprocal, r.inverse, r.scale())
	b.Binary(compute.Mul, r.grad, r.grad, r.inverse)
	b.Axpby(1/float64(n), r.grad, 0, r.grad)

	b.Reduce(compute.SumSquares, r.square, r.grad, compute.All, false)
	b.ClipScale(r.clip, r.norm, r.square, r.limit)
	b.Binary(compute.Mul, r.clip, r.clip, r.lr)
	b.Binary(compute.Mul, r.grad, r.grad, r.clip)
	b.Binary(compute.Sub, r.stats.Value, r.stats.Value, r.grad)
	b.Binary(compute.Max, r.scale(), r.scale(), r.smallest)
	r.stats.Constraint.Restore(b, r.stats.Value)
	b.Axpby(1-r.decay, r.meanLoss, r.decay, r.baseline.At(0))
}

// average sets the batch's mean loss, and the baseline to it where there is none yet.
func (r *scoreFunction) average(losses compute.Tensor) {
	b, known := r.b, r.baseline.At(1)
	b.Reduce(compute.Sum, r.meanLoss, losses, compute.All, false)
	b.Axpby(1/float64(losses.Len()), r.meanLoss, 0, r.meanLoss)
	// baseline += (1 − known) · mean, and known becomes 1.
	b.Binary(compute.Mul, r.inverse, r.meanLoss, known)
	b.Binary(compute.Add, r.baseline.At(0), r.baseline.At(0), r.meanLoss)
	b.Binary(compute.Sub, r.baseline.At(0), r.baseline.At(0), r.inverse)
	b.Fill(known, 1)
}
