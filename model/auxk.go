package model

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
)

// AuxKConfig is the `model.auxk:` section.
type AuxKConfig struct {
	K              int     `yaml:"k" default:"64" doc:"dead neurons that help to explain each sample's error"`
	Weight         float64 `yaml:"weight" default:"0.03125" doc:"factor of the auxiliary loss"`
	DeadAfterSteps int     `yaml:"dead_after_steps" default:"200" doc:"steps without firing after which a neuron is dead"`
}

func (c *Config) checkAuxK(ps *problem.List) {
	a := c.AuxK
	if a == nil {
		return
	}
	if c.Kind != "ffn" || c.Activation != "batch_topk" || len(c.Hidden) != 1 || c.TiedWeights || c.SharedBias || c.Dropout > 0 {
		ps.Addf("auxk", "needs a network of kind ffn with one hidden layer of activation batch_topk, without tied_weights, shared_bias and dropout; set it to null, or change that")
	}
	if a.K < 1 || len(c.Hidden) == 1 && a.K > c.Hidden[0] {
		ps.Addf("auxk.k", "is %d; give at least 1, at most the number of neurons", a.K)
	}
	if !(a.Weight > 0) || math.IsInf(a.Weight, 0) {
		ps.Addf("auxk.weight", "is %v; give a finite number above 0", a.Weight)
	}
	if a.DeadAfterSteps < 1 || a.DeadAfterSteps > 1<<22 {
		ps.Addf("auxk.dead_after_steps", "is %d; give 1 to %d", a.DeadAfterSteps, 1<<22)
	}
}

// auxK lets dead neurons learn from what the living ones leave unexplained (Gao et al. 2024, arXiv
// 2406.04093, appendix A.2). With e = x − output, taken as a constant, B samples, d outputs, and z the
// dead neurons' relu(pre), of which each sample keeps its k largest:
//
//	ê = z Vᵀ;  auxiliary loss = weight · mean over samples of 1/d ‖e − ê‖²
//
// Its gradients are added to those of incoming weights, biases and outgoing weights. A neuron is dead
// once it has fired in none of the last DeadAfterSteps steps. The error is read from the gradient of
// the squared error, 2/(dB)·(output − x), so the network's loss must be a reconstruction.
type auxK struct {
	b      compute.Backend
	c      AuxKConfig
	hidden *Hidden
	output *linear
	gauge  *Gauge

	k, half, limit compute.Tensor // Int64 [1]; [1]: 1/2, DeadAfterSteps − 1/2
	one            compute.Tensor // [1]
	idle           compute.Tensor // [n]: steps since each neuron fired
	dead, fired    compute.Tensor // [n]: above 0 where dead; number of samples
	z, dz          compute.Tensor // (batch × n)
	error          compute.Tensor // (batch × d)
	loss           compute.Tensor // Float64 [1]
}

// newAuxK makes it for the network's only hidden layer.
func newAuxK(b compute.Backend, c AuxKConfig, h *Hidden, output *linear, batch, outputs int) *auxK {
	number := func(v float64) compute.Tensor {
		t := b.Alloc(b.Float(), 1)
		b.Fill(t, v)
		return t
	}
	vector := func() compute.Tensor { return b.Alloc(b.Float(), h.Width) }
	a := &auxK{
		b: b, c: c, hidden: h, output: output, gauge: NewGauge(b, "auxk_loss", h.Name),
		k: b.Alloc(compute.Int64, 1), half: number(0.5), limit: number(float64(c.DeadAfterSteps) - 0.5), one: number(1),
		idle: vector(), dead: vector(), fired: vector(),
		z: b.Alloc(b.Float(), batch, h.Width), dz: b.Alloc(b.Float(), batch, h.Width),
		error: b.Alloc(b.Float(), batch, outputs), loss: b.Alloc(compute.Float64, 1),
	}
	b.Fill(a.k, float64(c.K))
	return a
}

// before keeps what dead neurons would say, from pre-activations (b × n) with their bias.
func (a *auxK) before(pre compute.Tensor) {
	z := a.z.Head(pre.Rows())
	a.b.Binary(compute.Sub, a.dead, a.idle, a.limit)
	a.b.Binary(compute.MaskByAbove, z, pre, a.dead)
	a.b.TopKMask(z, compute.Tensor{}, z, a.k)
}

// after counts the steps since each neuron fired, where post (b × n) is this step's activity.
func (a *auxK) after(post compute.Tensor) {
	a.b.Reduce(compute.CountPositive, a.fired, post, compute.Columns, false)
	a.b.Axpby(-1, a.fired, 0, a.fired)
	a.b.Binary(compute.Add, a.fired, a.fired, a.half) // above 0 where nothing fired
	a.b.Binary(compute.Add, a.idle, a.idle, a.one)
	a.b.Binary(compute.MaskByAbove, a.idle, a.idle, a.fired)
}

// backward adds the auxiliary loss's gradients, given that of the outputs, dout (b × d).
func (a *auxK) backward(dout compute.Tensor) {
	b, rows, h := a.b, dout.Rows(), a.hidden
	z, dz, r := a.z.Head(rows), a.dz.Head(rows), a.error.Head(rows)
	scale := 2 / float64(dout.Len()) // of the squared error's gradient
	b.Matmul(r, z, a.output.weight.Value, false, true, 1, 0)
	b.Axpby(1/scale, dout, 1, r) // ê − e
	b.Reduce(compute.SumSquares, a.loss, r, compute.All, false)
	b.Axpby(1/float64(dout.Cols()), a.loss, 1, a.gauge.Sum[Train])
	b.Axpby(a.c.Weight*scale, r, 0, r)
	b.Matmul(a.output.weight.Grad, r, z, true, false, 1, 1)
	b.Matmul(dz, r, a.output.weight.Value, false, false, 1, 0)
	b.Binary(compute.MaskByAbove, dz, dz, z)
	b.Matmul(h.weight.Grad, dz, h.x, true, false, 1, 1)
	if h.bias != nil {
		b.Reduce(compute.Sum, h.bias.Grad, dz, compute.Columns, true)
	}
}
