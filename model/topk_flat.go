package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	TopKs.Register(registry.Entry[TopKRule]{
		Name: "flat_mask", Reference: "FLAT_MASK", Doc: "the k largest activations stay, the others become 0; the lowest index first among equal ones",
		Value: TopKRule{New: newFlat(false), Fields: []string{"k"}, Blocks: true},
	})
	TopKs.Register(registry.Entry[TopKRule]{
		Name: "flat_subtract", Reference: "FLAT_SUBTRACT", Doc: "the k-th largest activation is subtracted from all, and what is below 0 becomes 0: k-1 neurons stay active, none for k = 1",
		Value: TopKRule{New: newFlat(true), Fields: []string{"k"}, Blocks: true},
	})
}

// flat is Top-K with a k that stays (FORMAT.md section 7); decay changes it between epochs.
//
//	mask:     post = relu(pre) where among the k largest of its row (or block), else 0
//	subtract: post = relu(relu(pre) − s), s the k-th largest, a constant for the gradient
type flat struct {
	b        compute.Backend
	subtract bool
	k        compute.Tensor // Int32 [1]: in each block
	meter    *topKMeter
}

func newFlat(subtract bool) func(compute.Backend, TopKConfig, TopKSpec) TopK {
	return func(b compute.Backend, c TopKConfig, s TopKSpec) TopK {
		f := &flat{b: b, subtract: subtract, k: b.Alloc(compute.Int32, 1), meter: s.meter}
		f.setK(*c.K)
		return f
	}
}

// setK sets the number of winners in all blocks together; where it is no multiple of the blocks,
// each has that share rounded down, but at least 1.
func (f *flat) setK(k int) {
	each := max(1, k/f.meter.blocks)
	f.b.Fill(f.k, float64(each))
	f.meter.setK(float64(each * f.meter.blocks))
}

func (f *flat) Forward(post, pre compute.Tensor, m Mode) {
	x, y := f.meter.blocked(pre), f.meter.blocked(post)
	t := f.meter.thresholds.Head(x.Rows())
	if f.subtract {
		f.b.TopKThreshold(t, x, f.k)
		f.b.Binary(compute.Sub, y, x, t)
		f.b.Unary(compute.Relu, y, y)
	} else {
		f.b.TopKMask(y, t, x, f.k)
	}
	f.meter.record(post.Rows(), m)
}

func (f *flat) NeedsPre() bool { return false }

func (f *flat) Backward(dpre, dpost, post, _ compute.Tensor) {
	f.b.Binary(compute.MaskByAbove, dpre, dpost, post)
}

func (f *flat) EndEpoch() {}

func (f *flat) State() []State { return nil }
