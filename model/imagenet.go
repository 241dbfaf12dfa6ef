package model

import (
	"strconv"

	"noise2sparse/compute"
)

// Embedder is a network whose last layer before the classes can be had.
type Embedder interface {
	// Embed returns the features (b × n) that the classifier sees for clean inputs x, in evaluation.
	// They stay valid until the next pass.
	Embed(x compute.Tensor) compute.Tensor
}

// Watched is a network that shows what its stages compute.
type Watched interface {
	// Watch has f called with each stage's name and output (b × H × W × C), or (b × n), during
	// forward passes; nil: no more.
	Watch(f func(stage string, y compute.Tensor))
}

// imageNet is what networks on images have in common: the input, the mean over positions and the
// classifier behind it.
type imageNet struct {
	b               compute.Backend
	params          Params
	input           *imageInput
	scratch         *scratch
	output          *linear
	pooled, dpooled compute.Tensor // (batch × features)
	out             compute.Tensor // (batch × classes)
	watch           func(string, compute.Tensor)
	stageNames      []string // "block.0", ...: made once, since a step allocates nothing
}

func newImageNet(b compute.Backend, c Config, s Spec) imageNet {
	n := imageNet{b: b, scratch: &scratch{b: b}}
	n.input = newImageInput(b, &n.params, c, s)
	return n
}

// head declares the classifier.
func (n *imageNet) head(b compute.Backend, name string, features int, s Spec) {
	n.output = newLinear(b, &n.params, name, features, s.Output, true)
	n.pooled = b.Alloc(b.Float(), s.Batch, features)
	n.out = b.Alloc(b.Float(), s.Batch, s.Output)
	if !s.Inference {
		n.dpooled = b.Alloc(b.Float(), s.Batch, features)
	}
}

// finish allocates parameters and scratch memory, once all layers are declared and planned.
func (n *imageNet) finish(s Spec) {
	n.params.materialise(n.b, s.Seed)
	n.scratch.allocate()
}

func (n *imageNet) Params() *Params   { return &n.params }
func (n *imageNet) Hidden() []*Hidden { return nil }
func (n *imageNet) EndEpoch()         {}

// Watch implements Watched.
func (n *imageNet) Watch(f func(string, compute.Tensor)) { n.watch = f }

func (n *imageNet) seen(stage string, y compute.Tensor) {
	if n.watch != nil {
		n.watch(stage, y)
	}
}

// pool is the mean over positions (b × C) of x (b × H × W × C).
func (n *imageNet) pool(x compute.Tensor) compute.Tensor {
	p := n.pooled.Head(x.Dim(0))
	n.b.MeanPool(p, x)
	n.seen("pooled", p)
	return p
}

// nameStages makes the names of n stages, counted from first.
func (n *imageNet) nameStages(prefix string, first, count int) {
	for i := range count {
		n.stageNames = append(n.stageNames, prefix+strconv.Itoa(first+i))
	}
}

// classify returns the scores of the classes (b × classes) for the last layer's activations.
func (n *imageNet) classify(x compute.Tensor) compute.Tensor {
	p := n.pool(x)
	out := n.out.Head(p.Rows())
	n.output.forwardBias(out, p)
	return out
}

// backwardHead sets the classifier's gradients, and dx (b × H × W × C) to the gradient of its input.
func (n *imageNet) backwardHead(dx, dout compute.Tensor) {
	n.output.backwardBias(dout)
	d := n.dpooled.Head(dout.Rows())
	n.b.Matmul(d, dout, n.output.weight.Value, false, false, 1, 0)
	n.b.MeanPoolBackward(dx, d)
}

func (n *imageNet) headFLOP(batch int) float64 {
	return 2 * float64(batch) * float64(n.output.weight.Value.Len())
}
