package model

import (
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
	"noise2sparse/internal/registry"
)

// InhibitionConfig describes the inhibitory circuits of the hidden layers. It is the
// `model.inhibition:` section.
type InhibitionConfig struct {
	Kind           string  `yaml:"kind" default:"all_to_all" doc:"who inhibits whom; see trainer list circuits"`
	OnlyInhibitory bool    `yaml:"only_inhibitory" default:"false" doc:"the circuit can only lower activity; false: weights of either sign, so it can facilitate too"`
	Steps          int     `yaml:"steps" default:"1" doc:"iterations of the circuit for each sample"`
	StepSize       float64 `yaml:"step_size" default:"1" doc:"share of the way to the new state that an iteration goes, above 0, at most 1"`
}

// maxCircuitSteps bounds the memory of the iterations: each keeps one or two activations.
const maxCircuitSteps = 1000

// checkInhibition records what is wrong with the circuits, and with what goes with them.
func (c *Config) checkInhibition(ps *problem.List) {
	if c.Inhibition == nil {
		return
	}
	c.Inhibition.check(ps.At("inhibition"))
	if c.Activation != "relu" {
		ps.Addf("activation", "is %s, but neurons with inhibitory circuits are always relu: give relu, or inhibition: null", c.Activation)
	}
	if c.Kind != "ffn" {
		ps.Addf("inhibition", "is for networks of kind ffn; this one is of kind %s: give inhibition: null", c.Kind)
	}
}

func (c *InhibitionConfig) check(ps *problem.List) {
	if _, err := Circuits.Get(c.Kind); err != nil {
		ps.Addf("kind", "%v", err)
	}
	if c.Steps < 1 || c.Steps > maxCircuitSteps {
		ps.Addf("steps", "is %d; give 1 to %d, or inhibition: null for none", c.Steps, maxCircuitSteps)
	}
	if !(c.StepSize > 0 && c.StepSize <= 1) {
		ps.Addf("step_size", "is %v; give a number above 0, at most 1", c.StepSize)
	}
}

// Circuit is what neurons of one layer say to each other: a function of their activities, with
// parameters of its own.
type Circuit interface {
	// Allocate reserves what Forward keeps for Backward, for the largest batch.
	Allocate(batch int)

	// Forward sets c (b × n) to the circuit's output for activities z (b × n) in the given step.
	Forward(c, z compute.Tensor, step int)

	// Backward sets dz (b × n) from dc (b × n, undefined afterwards), where z is what Forward got
	// in that step. It sets the parameters' gradients, or adds to them where add is true.
	Backward(dz, dc, z compute.Tensor, step int, add bool)

	// Multiplications is the number of multiply-adds of one Forward for one sample.
	Multiplications() int
}

// NewCircuit declares a circuit's parameters, under names that begin with prefix, and makes it for
// n neurons and a number of steps.
type NewCircuit func(b compute.Backend, ps *Params, prefix string, n, steps int) Circuit

// Circuits are the known inhibitory circuits, by the name of `model.inhibition.kind`.
var Circuits = registry.New[NewCircuit]("circuits")

// inhibited is the activation of a layer with an inhibitory circuit (FORMAT.md section 4), all
// (b × n), with step size s:
//
//	mu = pre
//	repeated: z = relu(mu);  c = circuit(z), relu of it if only_inhibitory
//	          mu = mu + s·((pre − c) − mu)
//	post = relu(mu)
//
// The derivative of relu is 0 at 0. Gradients flow through all iterations. A neuron is active where
// its output is above 0. NaN passes through.
type inhibited struct {
	circuit Circuit
	n       int
	cfg     InhibitionConfig
	z       []compute.Tensor // (batch × n) for each step
	c       []compute.Tensor // the same; one for all steps unless only_inhibitory, which needs its signs
	d, dz   compute.Tensor   // (batch × n), scratch
	dmu     compute.Tensor   // (batch × n)
	before  *Stage           // activity before the circuit: relu(pre)
}

// inhibit puts a circuit in the place of the layer's activation.
func (h *Hidden) inhibit(ps *Params, index int, c InhibitionConfig) {
	e, err := Circuits.Get(c.Kind)
	if err != nil {
		panic("model: " + err.Error() + " (Config.Check was not called)")
	}
	prefix := fmt.Sprintf("inhibition.%d", index)
	h.circuit = &inhibited{n: h.Width, cfg: c, circuit: e.Value(h.b, ps, prefix, h.Width, c.Steps)}
	h.act, h.fused = h.circuit, nil
}

// allocate reserves everything for the largest batch.
func (in *inhibited) allocate(b compute.Backend, batch int) {
	in.circuit.Allocate(batch)
	alloc := func() compute.Tensor { return b.Alloc(b.Float(), batch, in.n) }
	for t := range in.cfg.Steps {
		in.z = append(in.z, alloc())
		if t == 0 || in.cfg.OnlyInhibitory {
			in.c = append(in.c, alloc())
		}
	}
	in.d, in.dz, in.dmu = alloc(), alloc(), alloc()
	in.before = NewStage(b, "before_inhibition", in.n)
}

// count adds the last forward pass's activity before the circuit, relu(pre), to the stage's counts.
func (in *inhibited) count(b compute.Backend, rows int, m Mode) {
	z, a := in.z[0].Head(rows), in.before.Activity[m]
	compute.CountActive(b, a.Fired, a.Total, z, compute.Tensor{}, compute.Tensor{})
}

// multiplications is the number of multiply-adds of a training step for one sample: each product has
// two more in the backward pass.
func (in *inhibited) multiplications() float64 {
	return 3 * float64(in.cfg.Steps) * float64(in.circuit.Multiplications())
}

func (in *inhibited) NeedsPre() bool { return true }

// output is what the circuit said in a step.
func (in *inhibited) output(step int) compute.Tensor { return in.c[min(step, len(in.c)-1)] }

func (in *inhibited) Forward(b compute.Backend, post, pre, bias compute.Tensor, a Activity) {
	if bias.Valid() {
		b.Binary(compute.Add, pre, pre, bias)
	}
	rows := pre.Rows()
	mu, d := post, in.d.Head(rows)
	b.Copy(mu, pre)
	for t := range in.cfg.Steps {
		z, c := in.z[t].Head(rows), in.output(t).Head(rows)
		b.Unary(compute.Relu, z, mu)
		in.circuit.Forward(c, z, t)
		if in.cfg.OnlyInhibitory {
			b.Unary(compute.Relu, c, c)
		}
		b.Binary(compute.Sub, d, pre, c)
		b.Binary(compute.Sub, d, d, mu)
		b.Axpby(in.cfg.StepSize, d, 1, mu)
	}
	compute.BiasReLU(b, post, compute.Tensor{}, a.Fired, a.Total)
}

// Backward walks the iterations in reverse. With g the gradient of an iteration's result:
//
//	dpre += s g;  dc = −s g;  gradient of its mu = (1−s) g + [z > 0] ∘ circuit'(dc)
func (in *inhibited) Backward(b compute.Backend, dpre, dbias, dpost, post, _ compute.Tensor) {
	rows, s := post.Rows(), in.cfg.StepSize
	g, d, dz := in.dmu.Head(rows), in.d.Head(rows), in.dz.Head(rows)
	b.Binary(compute.MaskByAbove, g, dpost, post)
	for t := in.cfg.Steps - 1; t >= 0; t-- {
		later := t < in.cfg.Steps-1
		z := in.z[t].Head(rows)
		b.Axpby(-s, g, 0, d)
		if in.cfg.OnlyInhibitory {
			b.Binary(compute.MaskByAbove, d, d, in.output(t).Head(rows))
		}
		b.Axpby(s, g, one(later), dpre)
		in.circuit.Backward(dz, d, z, t, later)
		b.Binary(compute.MaskByAbove, dz, dz, z)
		b.Axpby(1, dz, 1-s, g)
	}
	b.Binary(compute.Add, dpre, dpre, g)
	if dbias.Valid() {
		b.Reduce(compute.Sum, dbias, dpre, compute.Columns, false)
	}
}

// one is 1 where add is true: the factor on what is there already.
func one(add bool) float64 {
	if add {
		return 1
	}
	return 0
}
