package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Networks.Register(registry.Entry[func(compute.Backend, Config, Spec) Network]{
		Name: "sdm", Reference: "DIFFUSION_SDM, SDM_DIFFUSION", Value: newSDM,
		Doc: "sparse distributed memory: one hidden layer of addresses and values with norms, signs and a Top-K rule (Bricken et al. 2023, section 3)",
	})
}

// sdm is the network of FORMAT.md section 5. Every step but the products is a switch.
//
//	u = x, normalised, + noise;  u = relu(u) (positive weights);  u = u/‖u‖ (normalised addresses)
//	post = TopK(u Wᵀ + b);  h = post/‖post‖ (normalised activations)
//	output = h Vᵀ + c
//
// A row of zeros stays zero under normalisation, and passes no gradient.
type sdm struct {
	b      compute.Backend
	c      SDMConfig
	params Params
	noise  NoiseSource
	normal *normalisation // nil: none
	hidden *Hidden
	output *linear
	act    *topKActivation // nil: plain relu
	meter  *topKMeter

	input compute.Tensor // (batch × in): u
	out   compute.Tensor // (batch × out)

	inputNorms, postNorms norms

	unit, product, dots compute.Tensor // h, and scratch for its backward pass
	zeroInputs, silent  *zeroRows
}

func newSDM(b compute.Backend, c Config, s Spec) Network {
	width := c.Hidden[0]
	n := &sdm{b: b, c: c.SDM, noise: s.Noise}
	if c.InputNormalization != nil {
		n.normal = newNormalisation(b, *c.InputNormalization, s)
	}
	var act Activation = relu{}
	if s.TopK.On() {
		act = n.topK(s, width)
	}
	n.hidden = newHidden(b, &n.params, 0, s.Input, width, c.HiddenBias && !c.SharedBias, act)
	if c.SharedBias {
		n.hidden.shareBias(&n.params)
	}
	if len(s.ActivityL1) > 0 && s.ActivityL1[0] > 0 {
		n.hidden.penalise(s.ActivityL1[0], s.Batch)
	}
	n.hidden.Weight.Frozen = !n.c.LearnAddresses
	n.output = newLinear(b, &n.params, "output", width, s.Output, c.OutputBias)
	n.params.materialise(b, s.Seed)
	n.constrain()
	n.hidden.allocate(s.Batch)
	n.allocate(s, width)
	return n
}

// topK makes the activation. Its own parameters come first, as in the reference.
func (n *sdm) topK(s Spec, width int) Activation {
	rule, err := TopKs.Get(s.TopK.Kind)
	if err != nil {
		panic("model: " + err.Error() + " (Config.Check was not called)")
	}
	n.meter = newTopKMeter(n.b, s.Batch, s.TopK.Blocks)
	n.act = &topKActivation{rule: rule.Value.New(n.b, s.TopK, TopKSpec{
		Batch: s.Batch, Width: width, Params: &n.params, Deviates: s.Deviates, meter: n.meter,
	})}
	return n.act
}

func (n *sdm) allocate(s Spec, width int) {
	f := func(shape ...int) compute.Tensor { return n.b.Alloc(n.b.Float(), shape...) }
	n.out = f(s.Batch, s.Output)
	if n.noise != nil || n.c.PositiveWeights || n.c.NormalizeAddresses {
		n.input = f(s.Batch, s.Input)
	}
	if n.c.NormalizeAddresses {
		n.inputNorms = newNorms(n.b, s.Batch)
		n.zeroInputs = newZeroRows(n.b, "zero_inputs", n.hidden.Name)
	}
	if n.c.NormalizeActivations {
		n.postNorms = newNorms(n.b, s.Batch)
		n.unit, n.product, n.dots = f(s.Batch, width), f(s.Batch, width), f(s.Batch, 1)
		n.silent = newZeroRows(n.b, "silent_samples", n.hidden.Name)
	}
}

func (n *sdm) Params() *Params   { return &n.params }
func (n *sdm) Hidden() []*Hidden { return []*Hidden{n.hidden} }

func (n *sdm) State() []State {
	if n.act == nil {
		return nil
	}
	return n.act.rule.State()
}

func (n *sdm) EndEpoch() {
	if n.act != nil {
		n.act.rule.EndEpoch()
	}
}

// LearnsFromLosses implements LossLearner.
func (n *sdm) LearnsFromLosses() bool {
	if n.act == nil {
		return false
	}
	_, ok := n.act.rule.(lossRule)
	return ok
}

// Learn implements LossLearner.
func (n *sdm) Learn(losses compute.Tensor) { n.act.rule.(lossRule).Learn(losses) }

// lossRule is a rule that learns from losses.
type lossRule interface{ Learn(losses compute.Tensor) }

// Gauges implements Gauged.
func (n *sdm) Gauges() []*Gauge {
	var out []*Gauge
	if n.meter != nil {
		out = append(out, n.meter.k, n.meter.threshold)
	}
	for _, z := range []*zeroRows{n.zeroInputs, n.silent} {
		if z != nil {
			out = append(out, z.gauge)
		}
	}
	return out
}

// MatmulFLOP counts both layers' products and their weights' gradients, and the hidden layer's
// gradient; that of the network's input is not computed.
func (n *sdm) MatmulFLOP(batch int) float64 {
	addresses := 2 * float64(n.hidden.Weight.Value.Len())
	if !n.c.LearnAddresses {
		addresses /= 2
	}
	return 2 * float64(batch) * (addresses + 3*float64(n.output.weight.Value.Len()))
}

// constrain says what must hold of the parameters after each step.
func (n *sdm) constrain() {
	for _, p := range n.params.List {
		unit := compute.NotUnit
		switch {
		case p == n.hidden.Weight && n.c.NormalizeAddresses, p == n.output.weight && n.c.NormalizeOutputRows:
			unit = compute.UnitRows
		case p == n.output.weight && n.c.NormalizeValueVectors:
			unit = compute.UnitColumns
		}
		positive := n.c.PositiveWeights && (len(p.shape) > 1 || n.c.PositiveBiases)
		p.Constraint = compute.NewConstraint(n.b, p.shape, positive, unit)
	}
}

// Entry implements Core: normalisation and noise.
func (n *sdm) Entry(rows int, m Mode) Entry {
	var e Entry
	n.normal.enter(&e, rows)
	e.addNoise(n.noise, n.input, rows, m)
	return e
}

// address is what the neurons see of noisy inputs u: their sign and norm.
func (n *sdm) address(u compute.Tensor, m Mode) compute.Tensor {
	b, rows := n.b, u.Rows()
	if n.c.PositiveWeights {
		b.Unary(compute.Relu, n.input.Head(rows), u)
		u = n.input.Head(rows)
	}
	if n.c.NormalizeAddresses {
		s := n.inputNorms.head(rows)
		s.normalize(b, n.input.Head(rows), u)
		n.zeroInputs.count(b, s.norm, m)
		u = n.input.Head(rows)
	}
	return u
}

func (n *sdm) Forward(x compute.Tensor, m Mode) compute.Tensor { return forward(n.b, n, x, m) }
func (n *sdm) Backward(dout compute.Tensor)                    { backward(n.b, n, dout) }

// Target implements Targeter.
func (n *sdm) Target(x compute.Tensor) compute.Tensor { return n.normal.wanted(x) }

// OutputBias implements Core.
func (n *sdm) OutputBias() *Param { return n.output.bias }

// ForwardCore implements Core.
func (n *sdm) ForwardCore(v compute.Tensor, m Mode) compute.Tensor {
	b, rows := n.b, v.Rows()
	if n.act != nil {
		n.act.mode = m
	}
	h := n.hidden.forward(n.address(v, m), m)
	if n.c.NormalizeActivations {
		s := n.postNorms.head(rows)
		s.normalize(b, n.unit.Head(rows), h)
		n.silent.count(b, s.norm, m)
		h = n.unit.Head(rows)
	}
	out := n.out.Head(rows)
	n.output.forward(out, h)
	return out
}

// BackwardCore implements Core.
func (n *sdm) BackwardCore(dout compute.Tensor) {
	b, h, rows := n.b, n.hidden, dout.Rows()
	n.output.backward(dout)
	d, v := h.dpre.Head(rows), n.output.weight.Value
	if h.fused != nil && h.l1 == nil && !n.c.NormalizeActivations {
		h.fused.BackwardLinear(b, d, h.biasGrad(), dout, v, h.Post, h.mask)
	} else {
		b.Matmul(d, dout, v, false, false, 1, 0)
		n.backwardNorm(d)
		h.l1.backward(b, d, h.Post)
		h.act.Backward(b, d, h.biasGrad(), d, h.Post, h.preActivation())
	}
	h.shared.sum(b)
	if n.c.LearnAddresses {
		h.linear.backward(d)
	}
}

// backwardNorm takes d, the gradient of the normalised activations, to that of the activations.
func (n *sdm) backwardNorm(d compute.Tensor) {
	if rows := d.Rows(); n.c.NormalizeActivations {
		n.postNorms.head(rows).backwardRows(n.b, d, d, n.unit.Head(rows), n.product.Head(rows), n.dots.Head(rows))
	}
}
