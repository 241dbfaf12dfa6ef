package model

import (
	"fmt"
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	for _, d := range []struct {
		name, reference, doc string
		k                    decayRule
	}{
		{"linear_decay", "LINEAR_DECAY", "k falls by the same number each epoch, from all neurons to k", linearDecay},
		{"exp_decay", "EXP_DECAY", "k falls by the same factor each epoch, from all neurons to k", expDecay},
	} {
		for _, subtract := range []bool{false, true} {
			name, as := "mask", "_MASK"
			if subtract {
				name, as = "subtract", "_SUBTRACT"
			}
			TopKs.Register(registry.Entry[TopKRule]{
				Name: d.name + "_" + name, Reference: d.reference + as, Doc: fmt.Sprintf("flat_%s, but %s over transition_epochs", name, d.doc),
				Value: TopKRule{New: newDecay(subtract, d.k), Fields: []string{"k", "transition_epochs"}, Blocks: true},
			})
		}
	}
}

// decayRule is k in epoch e (from 0) on the way from n neurons to k in t epochs. Like the reference
// it computes in float32 and truncates, which differs from float64 at some epochs.
type decayRule func(n, k, t int, e float32) int

// linearDecay is trunc(clip(n − (n−k)/T·e, k, n)).
func linearDecay(n, k, t int, e float32) int {
	coefficient := float32(float64(n-k) / float64(t))
	return truncate(float32(n)-float32(coefficient*e), n, k)
}

// expDecay is trunc(clip(n·((k/n)^(1/T))^e, k, n)).
func expDecay(n, k, t int, e float32) int {
	coefficient := float32(math.Pow(float64(k)/float64(n), 1/float64(t)))
	power := float32(math.Pow(float64(coefficient), float64(e)))
	return truncate(float32(float32(n)*power), n, k)
}

func truncate(v float32, n, k int) int {
	return int(min(max(v, float32(k)), float32(n)))
}

// decay is flat with a k that falls from epoch to epoch.
type decay struct {
	*flat
	rule            decayRule
	n, target, span int
	epoch           compute.Tensor // Float32 [1]
}

func newDecay(subtract bool, rule decayRule) func(compute.Backend, TopKConfig, TopKSpec) TopK {
	return func(b compute.Backend, c TopKConfig, s TopKSpec) TopK {
		d := &decay{
			flat: newFlat(subtract)(b, c, s).(*flat), rule: rule,
			n: s.Width, target: *c.K, span: *c.TransitionEpochs, epoch: b.Alloc(compute.Float32, 1),
		}
		d.setK(rule(d.n, d.target, d.span, 0))
		return d
	}
}

// EndEpoch reads the counter, which a resumed run has restored: epochs end on the host anyway.
func (d *decay) EndEpoch() {
	e := float32(hostFloat(d.b, d.epoch)) + 1
	d.b.Fill(d.epoch, float64(e))
	d.setK(d.rule(d.n, d.target, d.span, e))
}

// State holds k too, so that nothing has to be computed when a run is resumed.
func (d *decay) State() []State {
	return []State{{Name: "top_k.epoch_counter", Tensor: d.epoch}, {Name: "top_k.k", Tensor: d.k}, {Name: "top_k.recorded_k", Tensor: d.meter.kValue}}
}
