package train

import (
	"noise2sparse/compute"
	"noise2sparse/internal/problem"
	"noise2sparse/metric"
	"noise2sparse/model"
)

// implicit takes apart what gaussian noise adds to the loss of a network with one hidden layer of
// ReLU neurons. With w_i and v_i the incoming and outgoing weights of neuron i, D_i = 1 where its
// noiseless pre-activation is above 0, d outputs and E the mean over samples:
//
//	sparsity       = σ²/d · E Σ_i D_i ‖v_i‖² ‖w_i‖²
//	specialisation = σ²/d · E Σ_{i≠j} D_i D_j (v_i·v_j)(w_i·w_j)
//	margin         = E[loss under noise] − E[loss without] − sparsity − specialisation
//
// The first two are the expected square of what the noise does where no neuron crosses its
// threshold: they are exact for a network that is linear around each sample. The margin is the rest,
// so the three always add up to the whole.
//
// The margin is estimated with two draws a sample, ξ and −ξ, which cancel what is odd in the noise.
// What the linear part makes of the same draws, ‖V D W ξ‖²/d, is taken off them and its expectation
// put in its place (a control variate): so the chance of the draws touches the margin alone, and a
// network without neurons near their thresholds has a margin of 0. Products are made on the device, sums over neurons block by block in float64, since
// E Σ_ij is Σ_ij C_ij (v_i·v_j)(w_i·w_j) with C = Dᵀ D, how often two neurons fire together.
type implicit struct {
	b      compute.Backend
	e      *Engine
	split  *deviceSplit
	n      int // samples
	width  int // neurons
	layer  *model.Hidden
	output *model.Param // V (d × N)
	shift  *model.Param // c [d], nil without an output bias

	index                 compute.Tensor // Int32 [n]
	x, noisy, y, residual compute.Tensor // (n × d)
	xi                    compute.Tensor // (n × d): the noise
	h, response           compute.Tensor // (n × N)
	fires                 compute.Tensor // (N × n): Dᵀ
	eye                   compute.Tensor // (d × d): 1 on the diagonal
	outgoing              compute.Tensor // (N × d): Vᵀ
	norms, other          compute.Tensor // (N × 1)
	vv, ww, cc            compute.Tensor // (block × N)
	block                 int            // neurons
	sum                   compute.Tensor // Float64 [1]
}

// blockNumbers is about how many numbers each of the three (block × N) matrices holds.
const blockNumbers = 1 << 22

// newImplicit allocates what measuring needs. The configuration has passed checkImplicit.
func newImplicit(e *Engine, samples int) *implicit {
	m := &implicit{b: e.b, e: e, split: e.val, layer: e.Net.Hidden()[0]}
	if m.split.n == 0 {
		m.split = e.train
	}
	for _, p := range e.Net.Params().List {
		switch p.Name {
		case "output.weight":
			m.output = p
		case "output.bias":
			m.shift = p
		}
	}
	m.n, m.width = min(samples, m.split.n), m.layer.Width
	m.block = max(1, min(m.width, blockNumbers/m.width))
	d := m.split.x.Cols()
	f := func(shape ...int) compute.Tensor { return e.b.Alloc(e.b.Float(), shape...) }
	m.index = e.b.Alloc(compute.Int32, m.n)
	e.b.Upload(m.index, rawBytes(iota32(m.n)))
	m.x, m.noisy, m.y, m.residual, m.xi = f(m.n, d), f(m.n, d), f(m.n, d), f(m.n, d), f(m.n, d)
	m.h, m.response = f(m.n, m.width), f(m.n, m.width)
	m.fires, m.outgoing, m.norms, m.other = f(m.width, m.n), f(m.width, d), f(m.width, 1), f(m.width, 1)
	m.vv, m.ww, m.cc = f(m.block, m.width), f(m.block, m.width), f(m.block, m.width)
	m.eye, m.sum = f(d, d), e.b.Alloc(compute.Float64, 1)
	for i := range d {
		e.b.Fill(m.eye.Slice(i, i+1).Flat().At(i), 1)
	}
	return m
}

// measure computes the parts at the network's present weights and noise.
func (m *implicit) measure() *metric.Implicit {
	b := m.b
	b.Gather(m.x, m.split.x, m.index)
	sigma := floats(b, m.e.amount)[0]
	noise := compute.Noise{Kind: compute.Gaussian, Amount: m.e.amount, Seed: m.e.cfg.Seed, Purpose: compute.PurposeMetric}
	b.Fill(m.xi, 0)
	b.AddNoise(m.xi, m.xi, noise, m.e.epoch)
	b.Binary(compute.Add, m.noisy, m.x, m.xi)
	with := m.loss(m.noisy)
	b.Binary(compute.Sub, m.noisy, m.x, m.xi)
	with += m.loss(m.noisy)
	added := with/2 - m.loss(m.x)

	unit := sigma * sigma / float64(m.x.Len())
	whole, own := m.linear()
	return &metric.Implicit{Sparsity: unit * own, Specialisation: unit * (whole - own), Margin: added - m.linearOfDraws()}
}

// linearOfDraws is ‖V D W ξ‖²/d, mean over the samples, with D of the last loss computed.
func (m *implicit) linearOfDraws() float64 {
	b := m.b
	b.Matmul(m.response, m.xi, m.layer.Weight.Value, false, true, 1, 0)
	b.Binary(compute.MaskByAbove, m.response, m.response, m.h)
	b.Matmul(m.y, m.response, m.output.Value, false, true, 1, 0)
	b.Reduce(compute.SumSquares, m.sum, m.y, compute.All, false)
	return floats(b, m.sum)[0] / float64(m.x.Len())
}

// loss is the mean squared error of the reconstruction of m.x from input (n × d).
func (m *implicit) loss(input compute.Tensor) float64 {
	b := m.b
	compute.LinearReLU(b, m.h, input, m.layer.Weight.Value, m.bias(), compute.Tensor{}, compute.Tensor{}, compute.Tensor{})
	b.Matmul(m.y, m.h, m.output.Value, false, true, 1, 0)
	if m.shift != nil {
		b.Binary(compute.Add, m.y, m.y, m.shift.Value)
	}
	compute.MSE(b, m.sum, m.residual, m.y, m.x, 1)
	return floats(b, m.sum)[0] / float64(m.x.Len())
}

func (m *implicit) bias() compute.Tensor {
	if m.layer.Bias == nil {
		return compute.Tensor{}
	}
	return m.layer.Bias.Value
}

// linear returns Σ_ij C_ij (v_i·v_j)(w_i·w_j), and of that what i = j adds.
func (m *implicit) linear() (whole, own float64) {
	b, w := m.b, m.layer.Weight.Value
	b.Matmul(m.outgoing, m.output.Value, m.eye, true, false, 1, 0)
	b.Matmul(m.fires, w, m.x, false, true, 1, 0)
	if bias := m.bias(); bias.Valid() {
		b.Binary(compute.Add, m.fires, m.fires, bias.Reshape(m.width, 1))
	}
	b.Unary(compute.Positive, m.fires, m.fires)

	b.Reduce(compute.SumSquares, m.norms, m.outgoing, compute.Rows, false)
	b.Reduce(compute.SumSquares, m.other, w, compute.Rows, false)
	b.Binary(compute.Mul, m.norms, m.norms, m.other)
	b.Reduce(compute.Sum, m.other, m.fires, compute.Rows, false)
	b.Binary(compute.Mul, m.norms, m.norms, m.other)
	b.Reduce(compute.Sum, m.sum, m.norms, compute.All, false)
	own = floats(b, m.sum)[0]

	b.Fill(m.sum, 0)
	for lo := 0; lo < m.width; lo += m.block {
		hi := min(lo+m.block, m.width)
		vv, ww, cc := m.vv.Head(hi-lo), m.ww.Head(hi-lo), m.cc.Head(hi-lo)
		b.Matmul(vv, m.outgoing.Slice(lo, hi), m.outgoing, false, true, 1, 0)
		b.Matmul(ww, w.Slice(lo, hi), w, false, true, 1, 0)
		b.Matmul(cc, m.fires.Slice(lo, hi), m.fires, false, true, 1, 0)
		b.Binary(compute.Mul, vv, vv, ww)
		b.Binary(compute.Mul, vv, vv, cc)
		b.Reduce(compute.Sum, m.sum, vv, compute.All, true)
	}
	return floats(b, m.sum)[0], own
}

// measureImplicit adds the parts of the noise's loss to s, where they are asked for.
func (e *Engine) measureImplicit(s *metric.Snapshot) {
	if e.implicit != nil {
		s.Implicit = e.implicit.measure()
	}
}

// checkImplicit records why the parts of the noise's loss can't be computed for this network.
func (c *Config) checkImplicit(ps *problem.List) {
	if !c.Metrics.ImplicitLosses {
		return
	}
	const at = "metrics.implicit_losses"
	need := func(ok bool, what string) {
		if !ok {
			ps.Addf(at, "needs %s; set it to false, or change that", what)
		}
	}
	need(c.Task == taskReconstruction, "task: reconstruction")
	need(c.Model.Kind == "ffn" && len(c.Model.Hidden) == 1, "a network of kind ffn with one hidden layer")
	need(c.Model.Activation == "relu" && c.Model.Inhibition == nil, "activation: relu, without inhibitory circuits")
	need(!c.Model.TiedWeights && !c.Model.SharedBias && c.Model.Projection == "none" && c.Model.InputNormalization == nil,
		"a network without tied_weights, shared_bias, projection and input_normalization")
	need(c.Noise.Kind == "gaussian" && c.Noise.Amount() > 0, "gaussian noise with a sigma above 0")
	if c.Metrics.ImplicitSamples < 1 {
		ps.Addf("metrics.implicit_samples", "is %d; give at least 1", c.Metrics.ImplicitSamples)
	}
}
