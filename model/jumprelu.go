package model

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
	"noise2sparse/internal/registry"
)

func init() {
	Activations.Register(registry.Entry[NewActivation]{
		Name: "jumprelu", Value: newJumpReLU,
		Doc: "x above the neuron's own learned threshold, else 0 (Rajamanoharan et al. 2024, arXiv 2407.14435)",
	})
}

// JumpReLUConfig is the `model.jumprelu:` section.
type JumpReLUConfig struct {
	Threshold float64 `yaml:"threshold" default:"0.01" doc:"activation jumprelu: each neuron's threshold as training begins, in units of the pre-activation"`
	Bandwidth float64 `yaml:"bandwidth" default:"0.1" doc:"activation jumprelu: width of the window around its threshold in which a pre-activation moves it"`
}

func (c *Config) checkJumpReLU(ps *problem.List) {
	if c.Activation != "jumprelu" {
		return
	}
	for _, f := range []struct {
		name string
		v    float64
	}{{"jumprelu.threshold", c.JumpReLU.Threshold}, {"jumprelu.bandwidth", c.JumpReLU.Bandwidth}} {
		if !(f.v > 0) || math.IsInf(f.v, 0) {
			ps.Addf(f.name, "is %v; give a finite number above 0", f.v)
		}
	}
}

// jumpReLU is f(z) = z where z > θ, else 0, with a threshold θ_j > 0 for each neuron. The trained
// numbers are λ = ln θ, [n], so that thresholds stay positive. f'(z) = 1 where z > θ, else 0.
//
// The derivative to a threshold is 0 wherever it exists, so the paper's pseudo-derivative stands in
// for it (equation 11; straight-through, with a rectangle of width ε as its kernel):
//
//	∂f/∂θ = −θ/ε where |z − θ| < ε/2, else 0;  ∂f/∂λ = θ ∂f/∂θ
//
// A neuron is active where z > θ. NaN counts as below the threshold.
type jumpReLU struct {
	log         *Param         // λ
	bandwidth   float64        // ε
	half        compute.Tensor // [1]: ε/2
	theta, sums compute.Tensor // [n]
	above       compute.Tensor // (batch × n): z − θ
}

func newJumpReLU(b compute.Backend, l LayerSpec) Activation {
	c := l.Config.JumpReLU
	log := &Param{Name: l.Name + ".log_threshold", shape: []int{l.Width}}
	log.init = func(b compute.Backend, value compute.Tensor, _ uint64, _ compute.Purpose) {
		b.Fill(value, math.Log(c.Threshold))
	}
	l.Params.List = append(l.Params.List, log)
	j := &jumpReLU{
		log: log, bandwidth: c.Bandwidth, half: b.Alloc(b.Float(), 1),
		theta: b.Alloc(b.Float(), l.Width), sums: b.Alloc(b.Float(), l.Width), above: b.Alloc(b.Float(), l.Batch, l.Width),
	}
	b.Fill(j.half, c.Bandwidth/2)
	return j
}

// NeedsPre implements Activation.
func (*jumpReLU) NeedsPre() bool { return true }

// Forward implements Activation.
func (j *jumpReLU) Forward(b compute.Backend, post, pre, bias compute.Tensor, a Activity) {
	if bias.Valid() {
		b.Binary(compute.Add, pre, pre, bias)
	}
	above := j.above.Head(pre.Rows())
	b.Unary(compute.Exp, j.theta, j.log.Value)
	b.Binary(compute.Sub, above, pre, j.theta)
	b.Binary(compute.MaskByAbove, post, pre, above)
	compute.CountActive(b, a.Fired, a.Total, post, compute.Tensor{}, compute.Tensor{})
}

// Backward implements Activation.
func (j *jumpReLU) Backward(b compute.Backend, dpre, dbias, dpost, post, _ compute.Tensor) {
	near := j.above.Head(post.Rows())
	b.Unary(compute.Abs, near, near)
	b.Axpby(-1, near, 0, near)
	b.Binary(compute.Add, near, near, j.half) // above 0 inside the window
	b.Binary(compute.MaskByAbove, near, dpost, near)
	b.Reduce(compute.Sum, j.sums, near, compute.Columns, false)
	b.Unary(compute.Square, j.log.Grad, j.theta)
	b.Binary(compute.Mul, j.log.Grad, j.log.Grad, j.sums)
	b.Axpby(-1/j.bandwidth, j.log.Grad, 0, j.log.Grad)
	compute.ReLUBackward(b, dpre, dbias, dpost, post) // thresholds are positive: active is above 0
}
