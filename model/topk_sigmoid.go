package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	TopKs.Register(registry.Entry[TopKRule]{
		Name: "learn_k_sigmoid", Reference: "LEARN_K_SIGMOID",
		Doc:   "k is learned: the ranks around it have weights along a sigmoid, through which k gets a gradient",
		Value: TopKRule{New: newLearnKSigmoid, Fields: []string{"initial_k", "window", "lr"}},
	})
}

const defaultWindow = 0.1

// windowHalf is how many ranks the soft edge has on each side of k.
func windowHalf(n int, window float64) int { return int(float64(n) * window / 2) }

// learnKSigmoid is Top-K with a soft edge around a learned k; see compute.Select.TopKWindow. k is a
// parameter of the main optimizer with a rate of its own, and takes part in the clip norm.
type learnKSigmoid struct {
	b             compute.Backend
	k             *Param         // top_k.learned_k [1]
	half          int            // ranks
	weight, slope compute.Tensor // Float (batch × n)
	meter         *topKMeter
}

func newLearnKSigmoid(b compute.Backend, c TopKConfig, s TopKSpec) TopK {
	k := &Param{Name: "top_k.learned_k", shape: []int{1}, init: constants(*c.InitialK + 0.1)}
	k.setRate(*c.LR)
	s.Params.List = append(s.Params.List, k)
	return &learnKSigmoid{
		b: b, k: k, half: windowHalf(s.Width, or(c.Window, defaultWindow)), meter: s.meter,
		weight: b.Alloc(b.Float(), s.Batch, s.Width), slope: b.Alloc(b.Float(), s.Batch, s.Width),
	}
}

// constants fills a parameter with given numbers, one for each of its elements.
func constants(v ...float64) Init {
	return func(b compute.Backend, value compute.Tensor, _ uint64, _ compute.Purpose) {
		for i, x := range v {
			b.Fill(value.At(i), x)
		}
	}
}

// setRate gives a parameter a learning rate of its own, of which 0 means that it stays.
func (p *Param) setRate(lr float64) { p.LR, p.Frozen = lr, lr == 0 }

func (l *learnKSigmoid) Forward(post, pre compute.Tensor, m Mode) {
	n := pre.Rows()
	l.b.TopKWindow(post, l.weight.Head(n), l.slope.Head(n), l.meter.thresholds.Head(n), pre, l.k.Value, l.half)
	l.b.Copy(l.meter.kValue, l.k.Value)
	l.meter.record(n, m)
}

func (l *learnKSigmoid) NeedsPre() bool { return false }

func (l *learnKSigmoid) Backward(dpre, dpost, post, _ compute.Tensor) {
	weight, slope := l.weight.Head(post.Rows()), l.slope.Head(post.Rows())
	l.b.Binary(compute.Mul, slope, slope, dpost)
	l.b.Reduce(compute.Sum, l.k.Grad, slope, compute.All, false)
	l.b.Binary(compute.Mul, dpre, dpost, weight)
}

func (l *learnKSigmoid) EndEpoch() {}

func (l *learnKSigmoid) State() []State { return nil }
