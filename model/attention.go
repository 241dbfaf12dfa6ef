package model

import (
	"fmt"
	"math"
	"unsafe"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
	"noise2sparse/internal/registry"
)

func init() {
	Networks.Register(registry.Entry[func(compute.Backend, Config, Spec) Network]{
		Name: "attention", Reference: "ATTN_DIFFUSION", Value: newAttention,
		Doc: "softmax associative memory over all training samples; one learned number, the inverse temperature beta",
	})
}

// AttentionConfig describes the associative memory. It is the `model.attention:` section.
type AttentionConfig struct {
	Beta      float64 `yaml:"beta" default:"2" doc:"inverse temperature as training begins; it is learned"`
	Normalize bool    `yaml:"l2_normalize_keys_and_queries" default:"true" doc:"keys and queries are divided by their L2 norm before they are compared; values are not"`
}

// checkAttention records what is wrong with the memory, and with what goes with it.
func (c *Config) checkAttention(ps *problem.List) {
	if beta := c.Attention.Beta; math.IsNaN(beta) || math.IsInf(beta, 0) {
		ps.Addf("attention.beta", "is %v; give a finite number", beta)
	}
	if c.Kind == "attention" && c.Activation != "relu" {
		ps.Addf("activation", "is %s, but an attention network has no hidden layers: leave it out", c.Activation)
	}
}

// checkKeys says whether a memory can be built of s.Keys.
func (c *Config) checkKeys(s Spec) error {
	if c.Kind != "attention" {
		return nil
	}
	if !s.Keys.Valid() || s.Keys.Rows() == 0 || s.Keys.Cols() != s.Input || s.Output != s.Input {
		return fmt.Errorf("an attention network recalls training samples: its %d inputs and %d outputs must be the numbers of a sample, and it has %v", s.Input, s.Output, s.Keys)
	}
	return nil
}

// attention is the associative memory of FORMAT.md section 8. With X (N × d) all training samples
// and K their keys, X itself or its rows divided by their norms:
//
//	q = x + noise, likewise divided by their norms         (b × d)
//	S = q Kᵀ;  P = softmax of the rows of β S              (b × N)
//	output = P X                                           (b × d)
//
// Only β [1] is learned, so Forward computes along with the output its derivative with respect to β:
// J = W X, W_ij = P_ij (S_ij − Σ_k P_ik S_ik). It costs the one product that a backward pass would,
// and nothing of b × N numbers has to be kept: the batch is cut into tiles of rows. Rows of zeros
// stay zero where they are normalised: such a query weighs all samples equally.
type attention struct {
	b         compute.Backend
	params    Params
	beta      *Param
	noise     NoiseSource
	normalize bool

	keys, values compute.Tensor // (N × d)
	query        compute.Tensor // (batch × d): with noise, normalised
	out, slope   compute.Tensor // (batch × d): the output, and its derivative J
	s, p, w      compute.Tensor // (tile × N)
	column       compute.Tensor // (batch × 1), scratch
	floor        compute.Tensor // [1], see unitRows
	tile         int            // rows
	rows         int            // of the last batch
}

// tileNumbers is about how many numbers each of the three (tile × N) matrices holds.
const tileNumbers = 1 << 23

func newAttention(b compute.Backend, c Config, s Spec) Network {
	f, n := b.Float(), s.Keys.Rows()
	a := &attention{b: b, noise: s.Noise, normalize: c.Attention.Normalize, beta: &Param{Name: "beta", shape: []int{1}}}
	a.beta.init = func(b compute.Backend, value compute.Tensor, _ uint64, _ compute.Purpose) {
		b.Fill(value, c.Attention.Beta)
	}
	a.params.List = []*Param{a.beta}
	a.params.materialise(b, s.Seed)

	a.tile = max(1, min(s.Batch, tileNumbers/n))
	a.query, a.out, a.slope = b.Alloc(f, s.Batch, s.Input), b.Alloc(f, s.Batch, s.Input), b.Alloc(f, s.Batch, s.Input)
	a.s, a.p, a.w = b.Alloc(f, a.tile, n), b.Alloc(f, a.tile, n), b.Alloc(f, a.tile, n)
	a.column, a.floor = b.Alloc(f, s.Batch, 1), b.Alloc(f, 1)
	b.Fill(a.floor, smallestNorm)
	a.values = widened(b, s.Keys)
	a.keys = a.values
	if a.normalize {
		a.keys = b.Alloc(f, n, s.Input)
		unitRows(b, a.keys, a.values, b.Alloc(f, n, 1), a.floor)
	}
	return a
}

func (a *attention) Params() *Params   { return &a.params }
func (a *attention) Hidden() []*Hidden { return nil }
func (a *attention) State() []State    { return nil }
func (a *attention) EndEpoch()         {}

// MatmulFLOP counts three products with N × d numbers.
func (a *attention) MatmulFLOP(batch int) float64 {
	return 2 * float64(batch) * 3 * float64(a.values.Len())
}

func (a *attention) Forward(x compute.Tensor, m Mode) compute.Tensor { return forward(a.b, a, x, m) }
func (a *attention) Backward(dout compute.Tensor)                    { backward(a.b, a, dout) }

// Entry implements Core: noise.
func (a *attention) Entry(rows int, m Mode) Entry {
	var e Entry
	e.addNoise(a.noise, a.query, rows, m)
	return e
}

// OutputBias implements Core: there is none.
func (a *attention) OutputBias() *Param { return nil }

// ForwardCore implements Core.
func (a *attention) ForwardCore(q compute.Tensor, m Mode) compute.Tensor {
	b := a.b
	a.rows = q.Rows()
	if a.normalize {
		unit := a.query.Head(a.rows)
		unitRows(b, unit, q, a.column.Head(a.rows), a.floor)
		q = unit
	}
	for lo := 0; lo < a.rows; lo += a.tile {
		a.recall(q, lo, min(lo+a.tile, a.rows), m)
	}
	return a.out.Head(a.rows)
}

// recall computes rows lo to hi of the output and, in training, of its derivative.
func (a *attention) recall(q compute.Tensor, lo, hi int, m Mode) {
	b, n := a.b, hi-lo
	s, p, column := a.s.Head(n), a.p.Head(n), a.column.Head(n)
	b.Matmul(s, q.Slice(lo, hi), a.keys, false, true, 1, 0)
	compute.RowSoftmax(b, p, s, a.beta.Value, column)
	b.Matmul(a.out.Slice(lo, hi), p, a.values, false, false, 1, 0)
	if m == Train {
		w := a.w.Head(n)
		compute.RowSoftmaxBackward(b, w, s, p, column)
		b.Matmul(a.slope.Slice(lo, hi), w, a.values, false, false, 1, 0)
	}
}

// BackwardCore sets β's gradient to Σ_ij dout_ij J_ij.
func (a *attention) BackwardCore(dout compute.Tensor) {
	a.b.Binary(compute.Mul, dout, dout, a.slope.Head(a.rows))
	a.b.Reduce(compute.Sum, a.beta.Grad, dout, compute.All, false)
}

// widened returns x in the backend's float type: x itself where it has that already.
func widened(b compute.Backend, x compute.Tensor) compute.Tensor {
	if x.DType() == b.Float() {
		return x
	}
	all := make([]int32, x.Rows())
	for i := range all {
		all[i] = int32(i)
	}
	index := b.Alloc(compute.Int32, len(all))
	b.Upload(index, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(all))), 4*len(all)))
	y := b.Alloc(b.Float(), x.Rows(), x.Cols())
	b.Gather(y, x, index)
	return y
}
