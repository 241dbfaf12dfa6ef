package model

// Product is one matrix product of a training step: c (M × N) = op(a) op(b), sums of K products each.
// TransA and TransB say whether a lies as K × M and b as N × K.
type Product struct {
	M, N, K        int
	TransA, TransB bool
}

// FLOP counts a multiply-add as two operations.
func (p Product) FLOP() float64 { return 2 * float64(p.M) * float64(p.N) * float64(p.K) }

// Multiplier is a network whose training step is known product by product, so that they can be timed on
// their own.
type Multiplier interface {
	// Products are those of a step with n samples, in their order; nil where the network has others beside.
	Products(n int) []Product
}

// Products implements Multiplier: forward, then from the output back each layer's gradients of its weights
// and of its input; the gradient of the network's input is not computed. It is nil where a projection, a
// circuit or an AuxK multiplies too.
func (n *ffn) Products(batch int) []Product {
	if n.input.projection != nil || n.aux != nil {
		return nil
	}
	layers := make([]*linear, 0, len(n.hidden)+1)
	for _, h := range n.hidden {
		if h.circuit != nil {
			return nil
		}
		layers = append(layers, h.linear)
	}
	layers = append(layers, n.output)
	var all []Product
	for _, l := range layers {
		in, out := l.widths()
		all = append(all, Product{M: batch, N: out, K: in, TransB: !l.tied})
	}
	for i := len(layers) - 1; i >= 0; i-- {
		l := layers[i]
		in, out := l.widths()
		gradient := Product{M: out, N: in, K: batch, TransA: true}
		if l.tied {
			gradient.M, gradient.N = in, out
		}
		all = append(all, gradient)
		if i > 0 {
			all = append(all, Product{M: batch, N: in, K: out, TransB: l.tied})
		}
	}
	return all
}

// widths are the numbers that go into the layer and come out of it.
func (l *linear) widths() (in, out int) {
	if l.tied {
		return l.weight.shape[0], l.weight.shape[1]
	}
	return l.weight.shape[1], l.weight.shape[0]
}
