package train

import (
	"encoding/binary"
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/internal/array"
	"noise2sparse/model"
)

// Buffer is a piece of device memory that a checkpoint holds, under its name there.
type Buffer struct {
	Name   string
	Tensor compute.Tensor
}

// ModelBuffers are the parameters, and what else makes up the network, such as running statistics.
func (e *Engine) ModelBuffers() []Buffer {
	var out []Buffer
	for _, p := range e.Net.Params().List {
		out = append(out, Buffer{p.Name, p.Value})
	}
	for _, s := range e.Net.State() {
		if s.WithWeights {
			out = append(out, Buffer{s.Name, s.Tensor})
		}
	}
	return out
}

// StateBuffers are all else that decides how the run goes on, bit for bit: the optimizer's
// moments, the counters, and what the current epoch has added up so far.
func (e *Engine) StateBuffers() []Buffer {
	var out []Buffer
	for _, s := range e.opt.State() {
		out = append(out, Buffer{s.Name, s.Tensor})
	}
	out = append(out,
		Buffer{"loop/step", e.step}, Buffer{"loop/epoch", e.epoch}, Buffer{"loop/batch", e.batch},
		Buffer{"loop/bad_step", e.badStep},
		Buffer{"loop/sums", e.sums.epoch}, Buffer{"loop/grad_norms", e.sums.gradNorms},
	)
	for _, s := range e.Net.State() {
		if !s.WithWeights {
			out = append(out, Buffer{s.Name, s.Tensor})
		}
	}
	out = append(out, e.layerSums(model.Train)...)
	i := 0
	for _, h := range e.Net.Hidden() {
		if h.Bias != nil {
			out = append(out, Buffer{h.Name + "/previous_bias", e.previous[i]})
			i++
		}
	}
	return out
}

// describe returns the buffers as arrays without contents.
func describe(bs []Buffer) []array.Named {
	out := make([]array.Named, len(bs))
	for i, b := range bs {
		out[i] = array.Named{Name: b.Name, Array: array.Array{DType: b.Tensor.DType(), Shape: b.Tensor.Shape()}}
	}
	return out
}

// download fills arrays, in the order of describe, with the buffers' contents.
func download(b compute.Backend, bs []Buffer, to []array.Named) {
	for i := range bs {
		b.Download(to[i].Array.Bytes, bs[i].Tensor)
	}
}

// restore sets the buffers to the arrays of the same names. All must be there, with the same
// types and shapes; nothing is changed otherwise.
func restore(b compute.Backend, bs []Buffer, from []array.Named) error {
	byName := map[string]array.Array{}
	for _, n := range from {
		byName[n.Name] = n.Array
	}
	for _, buf := range bs {
		a, ok := byName[buf.Name]
		if !ok {
			return fmt.Errorf("tensor %s is missing", buf.Name)
		}
		if want := (array.Array{DType: buf.Tensor.DType(), Shape: buf.Tensor.Shape()}); a.String() != want.String() {
			return fmt.Errorf("tensor %s is %v; this run needs %v", buf.Name, a, want)
		}
	}
	for _, buf := range bs {
		b.Upload(buf.Tensor, byName[buf.Name].Bytes)
	}
	return nil
}

// allFinite tells whether no value of floating-point arrays is NaN or infinite.
func allFinite(all []array.Named) bool {
	for _, n := range all {
		switch n.Array.DType {
		case compute.Float32:
			for b := n.Array.Bytes; len(b) > 0; b = b[4:] {
				if binary.LittleEndian.Uint32(b)&0x7f800000 == 0x7f800000 {
					return false
				}
			}
		case compute.Float64:
			for b := n.Array.Bytes; len(b) > 0; b = b[8:] {
				if binary.LittleEndian.Uint64(b)>>52&0x7ff == 0x7ff {
					return false
				}
			}
		}
	}
	return true
}
