package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	TopKs.Register(registry.Entry[TopKRule]{
		Name: "learn_k_reinforce", Reference: "LEARN_K_REINFORCE",
		Doc:   "k is drawn for each sample from a learned log-normal distribution; the reference's estimator, in which the mean learns from clipped samples only",
		Value: TopKRule{New: newReinforce, Fields: []string{"initial_log_k", "initial_scale", "lr"}},
	})
}

// reinforce learns (μ, σ) as the reference does (FORMAT.md section 7): plain SGD on
//
//	mean_i(−ln N(z_i; μ, σ) · L_i),  L_i the sample's loss, a constant
//
// where z_i itself depends on (μ, σ) unless it was clipped, so that with d = z − μ
//
//	∂ ln N/∂μ = 0, ∂ ln N/∂σ = −1/σ                  of samples that were not clipped
//	∂ ln N/∂μ = d/σ², ∂ ln N/∂σ = d²/σ³ − 1/σ        of those that were
//
// The gradient stays in the parameter until the next step's clip norm has counted it, like the
// reference's, which forgets to clear it.
type reinforce struct {
	*sampledK
	carried       compute.Tensor // Float [2]: the gradient of the last step
	weight        compute.Tensor // Float (batch × 1)
	clipped       compute.Tensor // Float (batch × 1): 1 where z was clipped
	inverse, step compute.Tensor // Float [1]: 1/σ; [2]
	sum           compute.Tensor // Float [1]
}

func newReinforce(b compute.Backend, c TopKConfig, s TopKSpec) TopK {
	f := func(shape ...int) compute.Tensor { return b.Alloc(b.Float(), shape...) }
	return &reinforce{
		sampledK: newSampledK(b, c, s), carried: f(2), weight: f(s.Batch, 1), clipped: f(s.Batch, 1),
		inverse: f(1), step: f(2), sum: f(1),
	}
}

func (r *reinforce) Backward(dpre, dpost, post, _ compute.Tensor) {
	r.b.Binary(compute.MaskByAbove, dpre, dpost, post)
	r.b.Copy(r.stats.Grad, r.carried)
}

func (r *reinforce) State() []State {
	return []State{{Name: "top_k.carried_gradient", Tensor: r.carried}}
}

// Learn takes the step. The gradient by μ is −1/B Σ L d/σ² c, that by σ −1/B Σ L (d²/σ³ c − 1/σ),
// where c is 1 for clipped samples, else 0.
func (r *reinforce) Learn(losses compute.Tensor) {
	b, n := r.b, losses.Len()
	losses = losses.Reshape(n, 1)
	c, w, mean := r.clipped.Head(n), r.weight.Head(n), -1/float64(n)
	b.Binary(compute.Sub, c, r.z.Head(n), r.raw.Head(n))
	b.Unary(compute.Abs, c, c)
	b.Unary(compute.Positive, c, c)
	b.Unary(compute.Reciprocal, r.inverse, r.scale())

	d := r.raw.Head(n) // no longer needed: becomes d/σ of clipped samples
	b.Binary(compute.Sub, d, r.z.Head(n), r.mean())
	b.Binary(compute.Mul, d, d, r.inverse)
	b.Binary(compute.Mul, d, d, c)
	byMean, byScale := r.carried.At(0), r.carried.At(1)
	b.Binary(compute.Mul, w, d, losses)
	b.Reduce(compute.Sum, byMean, w, compute.All, false)
	b.Binary(compute.Mul, w, w, d)
	b.Binary(compute.Sub, w, w, losses)
	b.Reduce(compute.Sum, byScale, w, compute.All, false)
	b.Binary(compute.Mul, r.carried, r.carried, r.inverse)
	b.Axpby(mean, r.carried, 0, r.carried)

	b.Binary(compute.Mul, r.step, r.carried, r.lr)
	b.Binary(compute.Sub, r.stats.Value, r.stats.Value, r.step)
	r.stats.Constraint.Restore(b, r.stats.Value)
}
