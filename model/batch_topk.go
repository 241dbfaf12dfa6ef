package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/problem"
	"noise2sparse/internal/registry"
)

func init() {
	Activations.Register(registry.Entry[NewActivation]{
		Name: "batch_topk", Value: newBatchTopK,
		Doc: "relu of the k·B largest of a batch of B samples; a fixed threshold in evaluation (Bussmann et al. 2024, arXiv 2412.06410)",
	})
}

// BatchTopKConfig is the `model.batch_topk:` section.
type BatchTopKConfig struct {
	K     int     `yaml:"k" default:"32" doc:"activation batch_topk: neurons of each hidden layer that stay active, on average over a batch"`
	Decay float64 `yaml:"decay" default:"0.99" doc:"activation batch_topk: decay of the running mean of the training batches' thresholds, each step; evaluation uses that mean"`
}

func (c *Config) checkBatchTopK(ps *problem.List) {
	if c.Activation != "batch_topk" {
		return
	}
	for i, n := range c.Hidden {
		if k := c.BatchTopK.K; k < 1 || k > n {
			ps.Addf("batch_topk.k", "is %d, layer %d has %d neurons; give 1 to %d", k, i, n, n)
		}
	}
	if d := c.BatchTopK.Decay; !(d >= 0 && d < 1) {
		ps.Addf("batch_topk.decay", "is %v; give a number in [0, 1)", d)
	}
}

// batchTopK is, in training with B samples, relu(z) at the k·B largest entries of the whole batch, 0
// elsewhere; ties: the lowest index, samples before neurons. Samples share the budget: hard ones may
// use more neurons. In evaluation a sample must not depend on its neighbours, so it is z where z > t,
// with t the mean over training batches of the smallest kept activation, the k·B-th largest (0 where
// fewer are positive). The mean is an exponential one, Σ dᵗ, corrected for its short beginning. t
// takes no gradient. A neuron is active where its output is above 0. NaN counts as the largest.
type batchTopK struct {
	k     int
	decay float64
	mode  Mode

	count, edge compute.Tensor // Float [1]: k·B, and the batch's threshold
	sum, weight compute.Tensor // Float [1]: decaying sums of thresholds, and of 1
	one, tiny   compute.Tensor // [1]
	threshold   compute.Tensor // [1]: t
	above       compute.Tensor // (batch × n)
	name        string
	aux         *auxK // nil: dead neurons stay dead
}

func newBatchTopK(b compute.Backend, l LayerSpec) Activation {
	number := func(v float64) compute.Tensor {
		t := b.Alloc(b.Float(), 1)
		b.Fill(t, v)
		return t
	}
	return &batchTopK{
		k: l.Config.BatchTopK.K, decay: l.Config.BatchTopK.Decay, name: l.Name,
		count: b.Alloc(compute.Int64, 1), edge: number(0), sum: number(0), weight: number(0),
		one: number(1), tiny: number(1e-30), threshold: number(0),
		above: b.Alloc(b.Float(), l.Batch, l.Width),
	}
}

// NeedsPre implements Activation.
func (*batchTopK) NeedsPre() bool { return false }

// setMode implements modal.
func (t *batchTopK) setMode(m Mode) { t.mode = m }

// State implements stateful.
func (t *batchTopK) State() []State {
	all := []State{{Name: t.name + ".batch_topk_sum", Tensor: t.sum}, {Name: t.name + ".batch_topk_weight", Tensor: t.weight}}
	if t.aux != nil {
		all = append(all, State{Name: t.name + ".idle_steps", Tensor: t.aux.idle})
	}
	return all
}

// Forward implements Activation.
func (t *batchTopK) Forward(b compute.Backend, post, _, bias compute.Tensor, a Activity) {
	if bias.Valid() {
		b.Binary(compute.Add, post, post, bias)
	}
	if t.mode == Train {
		whole := post.Reshape(1, post.Len())
		b.Fill(t.count, float64(t.k*post.Rows()))
		if t.aux != nil {
			t.aux.before(post)
		}
		b.TopKMask(whole, t.edge, whole, t.count)
		if t.aux != nil {
			t.aux.after(post)
		}
		b.Axpby(1-t.decay, t.edge, t.decay, t.sum)
		b.Axpby(1-t.decay, t.one, t.decay, t.weight)
	} else {
		b.Binary(compute.Max, t.threshold, t.weight, t.tiny) // nothing trained yet: 0/tiny is 0
		b.Binary(compute.Div, t.threshold, t.sum, t.threshold)
		above := t.above.Head(post.Rows())
		b.Binary(compute.Sub, above, post, t.threshold)
		b.Binary(compute.MaskByAbove, post, post, above)
	}
	compute.BiasReLU(b, post, compute.Tensor{}, a.Fired, a.Total)
}

// Backward implements Activation.
func (*batchTopK) Backward(b compute.Backend, dpre, dbias, dpost, post, _ compute.Tensor) {
	compute.ReLUBackward(b, dpre, dbias, dpost, post)
}
