package model

import "noise2sparse/compute"

// The places of a projection matrix, `model.projection`.
const (
	projectionNone   = "none"
	projectionBefore = "before_noise"
	projectionAfter  = "after_noise"
)

// input is what a sample passes through before the first hidden layer (FORMAT.md section 4), all
// (b × d):
//
//	v = (x − mean) / std        per channel, where normalisation is asked for
//	before_noise:  v = v Pᵀ;        v = v + noise
//	after_noise:   v = v + noise;   v = v Pᵀ        P (d × d), no bias
//	none:          v = v + noise
type input struct {
	b          compute.Backend
	noise      NoiseSource
	normal     *normalisation // nil: none
	projection *linear        // nil: none
	before     bool           // the projection is before the noise

	noised, projected compute.Tensor // (batch × d), where needed
	d                 compute.Tensor // gradient of the projected input
}

// newInput declares projection.weight where there is a projection.
func newInput(b compute.Backend, ps *Params, c Config, s Spec) *input {
	in := &input{b: b, noise: s.Noise, before: c.Projection == projectionBefore}
	if c.Projection == projectionBefore || c.Projection == projectionAfter {
		in.projection = newLinear(b, ps, "projection", s.Input, s.Input, false)
		in.projected = b.Alloc(b.Float(), s.Batch, s.Input)
		in.d = b.Alloc(b.Float(), s.Batch, s.Input)
	}
	if c.InputNormalization != nil {
		in.normal = newNormalisation(b, *c.InputNormalization, s)
	}
	if s.Noise != nil {
		in.noised = b.Alloc(b.Float(), s.Batch, s.Input)
	}
	return in
}

// entry is what comes before any product.
func (in *input) entry(rows int, m Mode) Entry {
	var e Entry
	in.normal.enter(&e, rows)
	if !in.projectsFirst() {
		e.addNoise(in.noise, in.noised, rows, m)
	}
	return e
}

// forward returns what the first hidden layer sees, of v that entry has made.
func (in *input) forward(v compute.Tensor, m Mode) compute.Tensor {
	if in.projection == nil {
		return v
	}
	v = in.project(v)
	if in.projectsFirst() && in.noise != nil && in.noise.On(m) {
		noised := in.noised.Head(v.Rows())
		in.noise.Add(noised, v, m)
		return noised
	}
	return v
}

// projectsFirst: noise is added to the projection.
func (in *input) projectsFirst() bool { return in.projection != nil && in.before }

func (in *input) project(v compute.Tensor) compute.Tensor {
	p := in.projected.Head(v.Rows())
	in.projection.forward(p, v)
	return p
}

// backward sets the projection's gradient from dpre (b × n), the gradient of the first hidden
// layer's pre-activations, and its weights w (n × d). Noise is added with slope 1.
func (in *input) backward(dpre, w compute.Tensor) {
	if in.projection == nil {
		return
	}
	d := in.d.Head(dpre.Rows())
	in.b.Matmul(d, dpre, w, false, false, 1, 0)
	in.projection.backward(d)
}
