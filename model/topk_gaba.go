package model

import (
	"encoding/binary"
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	fields := []string{"k", "switch_threshold", "count_in_evaluation"}
	TopKs.Register(registry.Entry[TopKRule]{
		Name: "gaba_switch_act", Reference: "GABA_SWITCH_ACT",
		Doc:   "the (k+1)-th largest activation acts on each neuron: excites at first, inhibits once the neuron's summed activity has passed half of switch_threshold",
		Value: TopKRule{New: newGaba(compute.Sum), Fields: fields},
	})
	TopKs.Register(registry.Entry[TopKRule]{
		Name: "gaba_switch_act_bin", Reference: "GABA_SWITCH_ACT_BIN",
		Doc:   "as gaba_switch_act, counting the samples for which a neuron was active",
		Value: TopKRule{New: newGaba(compute.CountPositive), Fields: fields},
	})
	TopKs.Register(registry.Entry[TopKRule]{
		Name: "gaba_switch_grad", Reference: "GABA_SWITCH_GRAD",
		Doc:   "never switches, as in the reference, whose counter stands still: the (k+1)-th largest activation is added to all neurons, always",
		Value: TopKRule{New: newGaba(noCount), Fields: []string{"k", "switch_threshold"}},
	})
}

// noCount is a reduction that does not exist: the counters stay.
const noCount = compute.ReduceOp(255)

// gaba is inhibition that begins as excitation and switches with each neuron's activity, as GABA
// does in development (FORMAT.md section 7):
//
//	r_j  = clip(−1 + 2/threshold · counter_j, −1, 1)
//	post = relu(relu(pre) − r_j · s), s the (k+1)-th largest of the row; s and r are constants
//	counter_j += Σ_i post_ij, or the number of rows with post_ij > 0
type gaba struct {
	b          compute.Backend
	count      compute.ReduceOp
	inEval     bool
	slope      float64        // 2/threshold
	k          compute.Tensor // Int32 [1]: k+1
	counters   compute.Tensor // Float [1 n]
	response   compute.Tensor // Float [1 n]
	inhibition compute.Tensor // Float (batch × n): r_j s_i
	one, minus compute.Tensor // Float [1]: 1, −1
	meter      *topKMeter
}

func newGaba(count compute.ReduceOp) func(compute.Backend, TopKConfig, TopKSpec) TopK {
	return func(b compute.Backend, c TopKConfig, s TopKSpec) TopK {
		f := func(shape ...int) compute.Tensor { return b.Alloc(b.Float(), shape...) }
		g := &gaba{
			b: b, count: count, inEval: or(c.CountInEvaluation, true), slope: 2 / *c.SwitchThreshold,
			k: b.Alloc(compute.Int32, 1), counters: f(1, s.Width), response: f(1, s.Width), inhibition: f(s.Batch, s.Width),
			one: f(1), minus: f(1), meter: s.meter,
		}
		b.Fill(g.k, float64(*c.K+1))
		b.Fill(g.one, 1)
		b.Fill(g.minus, -1)
		g.meter.setK(float64(*c.K + 1))
		return g
	}
}

func (g *gaba) Forward(post, pre compute.Tensor, m Mode) {
	b, t, inhibition := g.b, g.meter.thresholds.Head(pre.Rows()), g.inhibition.Head(pre.Rows())
	b.Axpby(g.slope, g.counters, 0, g.response)
	b.Binary(compute.Add, g.response, g.response, g.minus)
	b.Binary(compute.Min, g.response, g.response, g.one)
	b.Binary(compute.Max, g.response, g.response, g.minus)
	b.TopKThreshold(t, pre, g.k)
	b.Matmul(inhibition, t, g.response, false, false, 1, 0)
	b.Unary(compute.Relu, post, pre)
	b.Binary(compute.Sub, post, post, inhibition)
	b.Unary(compute.Relu, post, post)
	if g.count != noCount && (m == Train || g.inEval) {
		b.Reduce(g.count, g.counters.Flat(), post, compute.Columns, true)
	}
	g.meter.record(post.Rows(), m)
}

func (g *gaba) NeedsPre() bool { return true }

// Backward: an excited neuron whose own activation is 0 has a positive output, but no gradient.
func (g *gaba) Backward(dpre, dpost, post, pre compute.Tensor) {
	g.b.Binary(compute.MaskByAbove, dpre, dpost, post)
	g.b.Binary(compute.MaskByAbove, dpre, dpre, pre)
}

func (g *gaba) EndEpoch() {}

func (g *gaba) State() []State {
	return []State{{Name: "top_k.activation_counters", Tensor: g.counters}}
}

// hostFloat reads a Float32 [1]. It waits for the device.
func hostFloat(b compute.Backend, t compute.Tensor) float64 {
	var raw [4]byte
	b.Download(raw[:], t)
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[:])))
}
