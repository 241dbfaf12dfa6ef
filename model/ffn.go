package model

import (
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Networks.Register(registry.Entry[func(compute.Backend, Config, Spec) Network]{
		Name: "ffn", Reference: "DIFFUSION_FFN", Value: newFFN,
		Doc: "feed-forward: noise on the input, hidden layers, a linear output (Bricken et al. 2023, section 2)",
	})
}

// ffn is the feed-forward network of FORMAT.md section 4:
//
//	v = x, normalised, projected, with noise (see input)
//	hidden layer L:  v = f(v W_Lᵀ + b_L), less what is dropped
//	output = v Vᵀ + c, with V = W_0ᵀ where weights are tied
type ffn struct {
	b      compute.Backend
	params Params
	input  *input
	hidden []*Hidden
	output *linear
	out    compute.Tensor
	aux    *auxK // nil: dead neurons get no help
}

func newFFN(b compute.Backend, c Config, s Spec) Network {
	act, err := Activations.Get(c.Activation)
	if err != nil {
		panic("model: " + err.Error() + " (Config.Check was not called)")
	}
	n := &ffn{b: b}
	n.input = newInput(b, &n.params, c, s)
	width := s.Input
	for i, neurons := range c.Hidden {
		shared := i == 0 && c.SharedBias
		h := newHidden(b, &n.params, i, width, neurons, c.HiddenBias && !shared, act.Value(b, LayerSpec{
			Batch: s.Batch, Width: neurons, Threshold: s.ActivityThreshold,
			Name: fmt.Sprintf("hidden.%d", i), Config: &c, Params: &n.params,
		}))
		if shared {
			h.shareBias(&n.params)
		}
		if c.Inhibition != nil {
			h.inhibit(&n.params, i, *c.Inhibition)
		}
		if c.Dropout > 0 {
			h.dropOut(c.Dropout, i, s)
		}
		if i < len(s.ActivityL1) && s.ActivityL1[i] > 0 {
			h.penalise(s.ActivityL1[i], s.Batch)
		}
		n.hidden = append(n.hidden, h)
		width = neurons
	}
	if c.TiedWeights {
		n.output = newTied(b, &n.params, "output", n.hidden[0].weight, c.OutputBias)
	} else {
		n.output = newLinear(b, &n.params, "output", width, s.Output, c.OutputBias)
	}
	n.params.materialise(b, s.Seed)

	for _, h := range n.hidden {
		h.allocate(s.Batch)
	}
	n.out = b.Alloc(b.Float(), s.Batch, s.Output)
	if c.AuxK != nil {
		n.aux = newAuxK(b, *c.AuxK, n.hidden[0], n.output, s.Batch, s.Output)
		n.hidden[0].act.(*batchTopK).aux = n.aux
	}
	return n
}

func (n *ffn) Params() *Params   { return &n.params }
func (n *ffn) Hidden() []*Hidden { return n.hidden }
func (n *ffn) EndEpoch()         {}

// State is that of the activations.
func (n *ffn) State() []State {
	var all []State
	for _, h := range n.hidden {
		if s, ok := h.act.(stateful); ok {
			all = append(all, s.State()...)
		}
	}
	return all
}

// Gauges implements Gauged.
func (n *ffn) Gauges() []*Gauge {
	if n.aux == nil {
		return nil
	}
	return []*Gauge{n.aux.gauge}
}

// MatmulFLOP counts, for each layer, forward, the weight's gradient and the input's; the gradient
// of the network's input is not computed.
func (n *ffn) MatmulFLOP(batch int) float64 {
	products := 3 * float64(n.output.weight.Value.Len())
	for i, h := range n.hidden {
		w := float64(h.Weight.Value.Len())
		products += 3 * w
		if h.circuit != nil {
			products += h.circuit.multiplications()
		}
		if i == 0 && n.input.projection == nil {
			products -= w
		}
	}
	if p := n.input.projection; p != nil {
		products += 2 * float64(p.weight.Value.Len())
	}
	return 2 * float64(batch) * products
}

func (n *ffn) Forward(x compute.Tensor, m Mode) compute.Tensor { return forward(n.b, n, x, m) }
func (n *ffn) Backward(dout compute.Tensor)                    { backward(n.b, n, dout) }

// Entry implements Core.
func (n *ffn) Entry(rows int, m Mode) Entry { return n.input.entry(rows, m) }

// OutputBias implements Core.
func (n *ffn) OutputBias() *Param { return n.output.bias }

// ForwardCore implements Core.
func (n *ffn) ForwardCore(v compute.Tensor, m Mode) compute.Tensor {
	v = n.input.forward(v, m)
	for _, h := range n.hidden {
		v = h.forward(v, m)
	}
	out := n.out.Head(v.Rows())
	n.output.forward(out, v)
	return out
}

// BackwardCore implements Core.
func (n *ffn) BackwardCore(dout compute.Tensor) {
	if !n.output.tied {
		n.output.backward(dout)
	}
	d, v, transposed := dout, n.output.weight.Value, n.output.tied
	for i := len(n.hidden) - 1; i >= 0; i-- {
		d = n.hidden[i].backwardFrom(d, v, transposed)
		v, transposed = n.hidden[i].weight.Value, false
	}
	n.input.backward(d, v)
	if n.output.tied {
		n.output.backward(dout) // adds to what the first hidden layer has set
	}
	if n.aux != nil {
		n.aux.backward(dout)
	}
}

// Target implements Targeter.
func (n *ffn) Target(x compute.Tensor) compute.Tensor { return n.input.normal.wanted(x) }
