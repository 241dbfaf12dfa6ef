package model

import (
	"math"

	"noise2sparse/compute"
)

// LossLearner is a Network part of which learns from the samples' losses, beside the gradient.
type LossLearner interface {
	// Learn is called after the optimizer's step with the losses [b] of the last training batch,
	// where LearnsFromLosses. It restores the constraints of what it moves.
	Learn(losses compute.Tensor)
	LearnsFromLosses() bool
}

// sampledK is Top-K whose k is drawn for each sample from a log-normal distribution with learned
// mean μ and scale σ of ln k:
//
//	z_i = clip(μ + σ ε_i, 0, ln n),  k_i = exp(z_i) rounded half to even
//
// How μ and σ learn is up to learn_k_reinforce and learn_k_score_function.
type sampledK struct {
	b        compute.Backend
	stats    *Param // top_k.learned_k_stats [2]: μ, σ
	deviates NoiseSource
	lr       compute.Tensor // Float [1]: the rate of (μ, σ)
	limit    compute.Tensor // Float [1]: ln n
	zero     compute.Tensor // Float [1]
	meter    *topKMeter

	// All Float (batch × 1).
	zeros, eps, raw, z, k compute.Tensor
}

func newSampledK(b compute.Backend, c TopKConfig, s TopKSpec) *sampledK {
	f := func(shape ...int) compute.Tensor { return b.Alloc(b.Float(), shape...) }
	p := &Param{Name: "top_k.learned_k_stats", shape: []int{2}, init: constants(*c.InitialLogK, or(c.InitialScale, defaultScale)), Frozen: true}
	s.Params.List = append(s.Params.List, p)
	d := &sampledK{
		b: b, stats: p, deviates: s.Deviates, lr: f(1), limit: f(1), zero: f(1), meter: s.meter,
		zeros: f(s.Batch, 1), eps: f(s.Batch, 1), raw: f(s.Batch, 1), z: f(s.Batch, 1), k: f(s.Batch, 1),
	}
	b.Fill(d.lr, *c.LR)
	b.Fill(d.limit, math.Log(float64(s.Width)))
	return d
}

const defaultScale = 0.5

func (d *sampledK) mean() compute.Tensor  { return d.stats.Value.At(0) }
func (d *sampledK) scale() compute.Tensor { return d.stats.Value.At(1) }

func (d *sampledK) Forward(post, pre compute.Tensor, m Mode) {
	b, n := d.b, pre.Rows()
	eps, raw, z, k := d.eps.Head(n), d.raw.Head(n), d.z.Head(n), d.k.Head(n)
	d.deviates.Add(eps, d.zeros.Head(n), m)
	b.Binary(compute.Mul, raw, eps, d.scale())
	b.Binary(compute.Add, raw, raw, d.mean())
	b.Binary(compute.Max, z, raw, d.zero)
	b.Binary(compute.Min, z, z, d.limit)
	b.Unary(compute.Exp, k, z)
	t := d.meter.thresholds.Head(n)
	b.TopKMask(post, t, pre, k)
	b.Reduce(compute.Sum, d.meter.k.Sum[m], k, compute.All, true) // before rounding
	b.Reduce(compute.Sum, d.meter.threshold.Sum[m], t, compute.All, true)
}

func (d *sampledK) NeedsPre() bool { return false }

// KSampler is a network that may draw a k for each sample.
type KSampler interface {
	// SampledK returns, of the last pass, ln k of each sample after the cut (b × 1), and k before it is
	// rounded. They are Tensor{} where k is not drawn, and stay valid until the next pass.
	SampledK() (z, k compute.Tensor)
}

// SampledK implements KSampler.
func (n *sdm) SampledK() (z, k compute.Tensor) {
	if n.act == nil {
		return z, k
	}
	if s, ok := n.act.rule.(interface{ sampled() *sampledK }); ok {
		d, rows := s.sampled(), n.hidden.Post.Rows()
		z, k = d.z.Head(rows), d.k.Head(rows)
	}
	return z, k
}

func (d *sampledK) sampled() *sampledK { return d }

func (d *sampledK) EndEpoch() {}
