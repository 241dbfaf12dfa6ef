package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

// TopK is a rule by which the neurons of a layer compete: the strongest stay active, the others are
// silent or inhibited. All rules see relu(pre).
type TopK interface {
	// Forward sets post (b × n) from pre, bias included. They are one tensor unless NeedsPre.
	Forward(post, pre compute.Tensor, m Mode)

	// NeedsPre tells whether Backward needs pre.
	NeedsPre() bool

	// Backward sets dpre from dpost (they may be one tensor) after a Forward, and the gradients of
	// the rule's own parameters. pre is Tensor{} unless NeedsPre.
	Backward(dpre, dpost, post, pre compute.Tensor)

	// EndEpoch is Network's.
	EndEpoch()

	// State is Network's.
	State() []State
}

// TopKSpec is the layer that a rule is made for.
type TopKSpec struct {
	Batch, Width int
	Params       *Params     // where learned rules declare their own
	Deviates     NoiseSource // standard normal numbers, for rules that sample; nil: none
	meter        *topKMeter
}

// TopKRule is what is registered of a rule.
type TopKRule struct {
	// New declares parameters and returns the rule, which may use them from allocate on.
	New func(b compute.Backend, c TopKConfig, s TopKSpec) TopK
	// Fields are the fields of TopKConfig that the rule reads beside kind. Others are refused.
	Fields []string
	// Blocks tells whether the rule can select inside blocks.
	Blocks bool
}

// TopKs are the known rules, by the name of `topk.kind`.
var TopKs = registry.New[TopKRule]("topks")

// topKMeter records k and the threshold of each sample.
type topKMeter struct {
	b            compute.Backend
	k, threshold *Gauge
	kValue       compute.Tensor // Float64 [1]
	sum          compute.Tensor // Float64 [1]
	blocks       int
	thresholds   compute.Tensor // Float [batch·blocks]
}

func newTopKMeter(b compute.Backend, batch, blocks int) *topKMeter {
	return &topKMeter{
		b: b, k: NewGauge(b, "k", "hidden.0"), threshold: NewGauge(b, "topk_threshold", "hidden.0"),
		kValue: b.Alloc(compute.Float64, 1), sum: b.Alloc(compute.Float64, 1),
		blocks: blocks, thresholds: b.Alloc(b.Float(), batch*blocks, 1),
	}
}

// setK sets the k that is recorded for each sample from now on.
func (t *topKMeter) setK(k float64) { t.b.Fill(t.kValue, k) }

// record adds n samples with the k that was set and the thresholds of their blocks.
func (t *topKMeter) record(n int, m Mode) {
	t.k.AddEach(t.b, t.kValue, n, m)
	if t.blocks == 1 {
		t.b.Reduce(compute.Sum, t.threshold.Sum[m], t.thresholds.Head(n), compute.All, true)
		return
	}
	t.b.Reduce(compute.Sum, t.sum, t.thresholds.Head(n*t.blocks), compute.All, false)
	t.b.Axpby(1/float64(t.blocks), t.sum, 1, t.threshold.Sum[m])
}

// blocked views x (b × n) as (b·blocks × n/blocks): blocks are neighbouring neurons.
func (t *topKMeter) blocked(x compute.Tensor) compute.Tensor {
	return x.Reshape(x.Rows()*t.blocks, x.Cols()/t.blocks)
}

// topKActivation is a rule as the activation of a hidden layer.
type topKActivation struct {
	rule TopK
	mode Mode // of the next Forward
}

func (a *topKActivation) NeedsPre() bool { return a.rule.NeedsPre() }

func (a *topKActivation) Forward(b compute.Backend, post, pre, bias compute.Tensor, n Activity) {
	if bias.Valid() {
		b.Binary(compute.Add, pre, pre, bias)
	}
	a.rule.Forward(post, pre, a.mode)
	compute.CountActive(b, n.Fired, n.Total, post, compute.Tensor{}, compute.Tensor{})
}

func (a *topKActivation) Backward(b compute.Backend, dpre, dbias, dpost, post, pre compute.Tensor) {
	a.rule.Backward(dpre, dpost, post, pre)
	if dbias.Valid() {
		b.Reduce(compute.Sum, dbias, dpre, compute.Columns, false)
	}
}
