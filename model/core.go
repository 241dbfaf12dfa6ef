package model

import "noise2sparse/compute"

// Core is a Network that can leave its ends to its caller: what it does first and last, element by
// element. So whoever gathers a batch adds the noise in the same pass, and the loss the output's bias.
//
//	Forward(x, m) is  ForwardCore(v, m) + output bias, with v what Entry makes of x
//	Backward(dout) is BackwardCore(dout), and the bias's gradient Σ_i dout_ij
type Core interface {
	Network

	// Entry is what the network does first with clean inputs (rows × in) in that mode.
	Entry(rows int, m Mode) Entry

	// ForwardCore computes outputs without their bias from v (b × in), which Entry has made of the
	// clean inputs. The caller adds the bias in place.
	ForwardCore(v compute.Tensor, m Mode) compute.Tensor

	// BackwardCore sets all gradients but the output bias's.
	BackwardCore(dout compute.Tensor)

	// OutputBias returns the bias that is added last [out], with its gradient; nil: none.
	OutputBias() *Param
}

// CoreOf is n, or n as a Core without ends where it keeps them to itself.
func CoreOf(n Network) Core {
	if c, ok := n.(Core); ok {
		return c
	}
	return whole{n}
}

// whole is a network that does everything itself.
type whole struct{ Network }

func (w whole) Entry(int, Mode) Entry                               { return Entry{} }
func (w whole) ForwardCore(v compute.Tensor, m Mode) compute.Tensor { return w.Forward(v, m) }
func (w whole) BackwardCore(dout compute.Tensor)                    { w.Backward(dout) }
func (w whole) OutputBias() *Param                                  { return nil }

// Entry is the way into a network, element by element over clean inputs x (b × d); what is not given is
// left out:
//
//	v = normal = (x − mean) / std
//	v = noisy = v + noise
type Entry struct {
	Normal, Mean, Std compute.Tensor // (b × d), [d], [d]
	Noisy             compute.Tensor // (b × d)
	Noise             NoiseSource    // nil: none
}

// Result is what the network goes on with, once the entry is done for clean inputs x.
func (e Entry) Result(x compute.Tensor) compute.Tensor {
	switch {
	case e.Noise != nil:
		return e.Noisy
	case e.Normal.Valid():
		return e.Normal
	}
	return x
}

// Apply does it and returns the Result.
func (e Entry) Apply(b compute.Backend, x compute.Tensor, m Mode) compute.Tensor {
	v := x
	if e.Normal.Valid() {
		b.Binary(compute.Sub, e.Normal, v, e.Mean)
		b.Binary(compute.Div, e.Normal, e.Normal, e.Std)
		v = e.Normal
	}
	if e.Noise != nil {
		e.Noise.Add(e.Noisy, v, m)
	}
	return e.Result(x)
}

// addNoise lets the entry add a source's noise, into dst (batch × d), where there is any in that mode.
func (e *Entry) addNoise(s NoiseSource, dst compute.Tensor, rows int, m Mode) {
	if s != nil && s.On(m) {
		e.Noise, e.Noisy = s, dst.Head(rows)
	}
}

// forward is Forward of a network that is a Core.
func forward(b compute.Backend, n Core, x compute.Tensor, m Mode) compute.Tensor {
	out := n.ForwardCore(n.Entry(x.Rows(), m).Apply(b, x, m), m)
	if c := n.OutputBias(); c != nil {
		b.Binary(compute.Add, out, out, c.Value)
	}
	return out
}

// backward is Backward of a network that is a Core.
func backward(b compute.Backend, n Core, dout compute.Tensor) {
	if c := n.OutputBias(); c != nil {
		b.Reduce(compute.Sum, c.Grad, dout, compute.Columns, false)
	}
	n.BackwardCore(dout)
}
