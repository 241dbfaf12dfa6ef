package train

import (
	"fmt"
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
	"noise2sparse/metric"
	"noise2sparse/model"
)

func init() {
	extras.Register(registry.Entry[extraSpec]{
		Name: "cosine", Value: extraSpec{new: newCosine, reconstruction: true},
		Doc: "cosine of each hidden neuron's incoming and outgoing weights; costs passes over the weights at each epoch's end",
	})
}

// stripElements bounds the memory for transposing weights.
const stripElements = 1 << 20

// cosine compares the row w_j of a hidden layer's weights W (n × d) with the column v_j of the next
// layer's, V (d × n), where there is such a layer:
//
//	cos_j = w_j·v_j / (‖w_j‖ ‖v_j‖), 0 where a norm is 0
//
// V is walked in strips of rows. The same strip of Wᵀ is gathered from W seen as single numbers:
// element (i, j) of a strip that begins at column i0 is number j·d + i, counted from i0.
type cosine struct {
	b      compute.Backend
	layers []cosineLayer
	tied   bool // the one hidden layer's outgoing weights are its incoming ones
}

type cosineLayer struct {
	index  int // of the hidden layer
	w, v   compute.Tensor
	strip  compute.Tensor // (rows × n)
	places compute.Tensor // Int32 [rows·n]
	sums   compute.Tensor // Float64 (3 × n): w·v, ‖w‖², ‖v‖²
}

func newCosine(e *Engine) probe {
	c := &cosine{b: e.b}
	hidden := e.Net.Hidden()
	c.tied = e.cfg.Model.TiedWeights && len(hidden) == 1
	for i, h := range hidden {
		v := e.outgoing(i)
		if v == nil || v.Value.Rows() != h.Weight.Value.Cols() || h.Weight.Value.Len() > math.MaxInt32 {
			continue
		}
		c.layers = append(c.layers, newCosineLayer(e.b, i, h.Weight.Value, v.Value))
	}
	return c
}

// outgoing returns the weights behind hidden layer i; nil where they are not a parameter of their
// own (tied weights).
func (e *Engine) outgoing(i int) *model.Param {
	name := "output.weight"
	if i+1 < len(e.Net.Hidden()) {
		name = fmt.Sprintf("hidden.%d.weight", i+1)
	}
	for _, p := range e.Net.Params().List {
		if p.Name == name {
			return p
		}
	}
	return nil
}

func newCosineLayer(b compute.Backend, index int, w, v compute.Tensor) cosineLayer {
	n, d := w.Rows(), w.Cols()
	rows := min(d, max(1, stripElements/n))
	l := cosineLayer{
		index: index, w: w, v: v, strip: b.Alloc(b.Float(), rows, n),
		places: b.Alloc(compute.Int32, rows*n), sums: b.Alloc(compute.Float64, 3, n),
	}
	places := make([]int32, 0, rows*n)
	for i := range rows {
		for j := range n {
			places = append(places, int32(j*d+i))
		}
	}
	b.Upload(l.places, rawBytes(places))
	return l
}

func (c *cosine) forward(model.Mode, compute.Tensor, compute.Tensor) {}

func (c *cosine) sums(model.Mode) []Buffer { return nil }

// read computes the cosines of the present weights, once per epoch.
func (c *cosine) read(m model.Mode, _ float64, s *metric.Snapshot) {
	if m != model.Train {
		return
	}
	for i := range c.layers {
		s.Layers[c.layers[i].index].Cosine = c.layers[i].cosines(c.b)
	}
	if c.tied {
		s.Layers[0].Cosine = tiedCosines(s.Layers[0].RowNorms)
	}
}

// tiedCosines are those of vectors with themselves: 1, or 0 for a norm of 0.
func tiedCosines(norms []float64) []float64 {
	cos := make([]float64, len(norms))
	for j, n := range norms {
		if n > 0 {
			cos[j] = 1
		}
	}
	return cos
}

func (l *cosineLayer) cosines(b compute.Backend) []float64 {
	n, d, rows := l.w.Rows(), l.w.Cols(), l.strip.Rows()
	dot, w2, v2 := l.sums.Slice(0, 1).Flat(), l.sums.Slice(1, 2).Flat(), l.sums.Slice(2, 3).Flat()
	b.Reduce(compute.SumSquares, w2, l.w, compute.Rows, false)
	b.Reduce(compute.SumSquares, v2, l.v, compute.Columns, false)
	b.Fill(dot, 0)
	numbers := l.w.Reshape(n*d, 1)
	for first := 0; first < d; first += rows {
		r := min(rows, d-first)
		strip := l.strip.Head(r)
		b.Gather(strip.Reshape(r*n, 1), numbers.Slice(first, n*d), l.places.Head(r*n))
		b.Binary(compute.Mul, strip, strip, l.v.Slice(first, first+r))
		b.Reduce(compute.Sum, dot, strip, compute.Columns, true)
	}
	sums := floats(b, l.sums)
	cos := make([]float64, n)
	for j := range cos {
		if norm := math.Sqrt(sums[n+j] * sums[2*n+j]); norm > 0 {
			cos[j] = sums[j] / norm
		}
	}
	return cos
}
