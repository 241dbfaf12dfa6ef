package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

// curve is a function of one number, with its derivative, on whole tensors. All of one call have
// one shape (b × n) and are different; x, the pre-activations, and y = f(x) are only read by slope.
type curve interface {
	// value sets y = f(x). t is scratch.
	value(b compute.Backend, y, x, t compute.Tensor)

	// slope sets d = f'(x). t is scratch.
	slope(b compute.Backend, d, x, y, t compute.Tensor)
}

// direct is a curve whose value and slope are operations of their own.
type direct struct{ f, derivative compute.UnaryOp }

func (c direct) value(b compute.Backend, y, x, _ compute.Tensor) { b.Unary(c.f, y, x) }

func (c direct) slope(b compute.Backend, d, x, _, _ compute.Tensor) { b.Unary(c.derivative, d, x) }

// registerCurve announces an activation that is a function of each neuron alone. constants makes
// the function with the constants that it needs in device memory.
func registerCurve(name, reference, doc string, constants func(scalars) curve) {
	Activations.Register(registry.Entry[NewActivation]{
		Name: name, Reference: reference, Doc: doc,
		Value: func(b compute.Backend, l LayerSpec) Activation {
			number := func(v float64) compute.Tensor {
				t := b.Alloc(b.Float(), 1)
				b.Fill(t, v)
				return t
			}
			return &elementwise{
				curve: constants(number), threshold: number(l.Threshold),
				d: b.Alloc(b.Float(), l.Batch, l.Width), t: b.Alloc(b.Float(), l.Batch, l.Width),
			}
		},
	})
}

// scalars puts a number into device memory, as a tensor [1].
type scalars func(v float64) compute.Tensor

// elementwise makes an Activation of a curve. A neuron is active where |a| is above the threshold:
// most of these functions are 0 nowhere.
type elementwise struct {
	curve     curve
	threshold compute.Tensor // [1]
	d, t      compute.Tensor // (batch × n), scratch
}

// NeedsPre implements Activation: slopes are functions of the pre-activations.
func (*elementwise) NeedsPre() bool { return true }

// Forward implements Activation.
func (e *elementwise) Forward(b compute.Backend, post, pre, bias compute.Tensor, a Activity) {
	if bias.Valid() {
		b.Binary(compute.Add, pre, pre, bias)
	}
	t := e.t.Head(post.Rows())
	e.curve.value(b, post, pre, t)
	compute.CountActive(b, a.Fired, a.Total, post, e.threshold, t)
}

// Backward implements Activation.
func (e *elementwise) Backward(b compute.Backend, dpre, dbias, dpost, post, pre compute.Tensor) {
	d := e.d.Head(post.Rows())
	e.curve.slope(b, d, pre, post, e.t.Head(post.Rows()))
	b.Binary(compute.Mul, dpre, dpost, d)
	if dbias.Valid() {
		b.Reduce(compute.Sum, dbias, dpre, compute.Columns, false)
	}
}
