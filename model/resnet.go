package model

import (
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Networks.Register(registry.Entry[func(compute.Backend, Config, Spec) Network]{
		Name: "resnet50", Reference: "RESNET50", Value: newResNet,
		Doc: "ResNet-50, or narrower and shallower ones of its kind: stages of bottleneck blocks; classifies images (He et al. 2016)",
	})
}

// resNet is the residual network of FORMAT.md section 8, with BN batch normalisation:
//
//	h = max pool 3×3 stride 2 (relu(BN(conv 7×7, stride 2)))       conv1, bn1
//	stages of bottleneck blocks                                    layer1, layer2, ...
//	output = mean of h over positions · Wᵀ + c                     fc
//
// All stages but the first halve the image. Names are torchvision's.
type resNet struct {
	imageNet
	stem   *normed
	pool3  compute.Window
	pooled compute.Tensor // (batch × H × W × stem), for training
	places compute.Tensor // Int32, of the same shape: where the largest of each window was
	stages [][]*bottleneck
}

func newResNet(b compute.Backend, c Config, s Spec) Network {
	r, m := c.ResNet50, *s.Image
	n := &resNet{imageNet: newImageNet(b, c, s), pool3: compute.Window{Size: 3, Stride: 2, Pad: 1}}
	n.stem = newNormed(b, &n.params, "conv1", "bn1", m.Channels, r.Stem, compute.Window{Size: 7, Stride: 2, Pad: 3}, true, n.scratch)
	channels := r.Stem
	for i, planes := range r.Planes {
		stride := 2
		if i == 0 {
			stride = 1
		}
		var stage []*bottleneck
		for j := range r.Layers[i] {
			stage = append(stage, newBottleneck(b, &n.params, fmt.Sprintf("layer%d.%d.", i+1, j), bottleneckShape{
				in: channels, inner: r.inner(planes), out: planes * r.Expansion, stride: stride, project: j == 0,
			}, n.scratch))
			channels, stride = planes*r.Expansion, 1
		}
		n.stages = append(n.stages, stage)
	}
	n.nameStages("layer", 1, len(n.stages))
	n.head(b, "fc", channels, s)
	n.plan(s)
	return n
}

// plan follows images of the largest batch through all layers and allocates what they leave.
func (n *resNet) plan(s Spec) {
	h, w := n.stem.plan(s.Batch, s.Image.Height, s.Image.Width, !s.Inference)
	h, w = n.pool3.Out(h), n.pool3.Out(w)
	channels := n.stem.conv.channels()
	if !s.Inference {
		n.pooled = n.b.Alloc(n.b.Float(), s.Batch, h, w, channels)
	}
	n.places = n.b.Alloc(compute.Int32, s.Batch, h, w, channels)
	for _, stage := range n.stages {
		for _, k := range stage {
			h, w = k.plan(s.Batch, h, w, !s.Inference)
		}
	}
	n.finish(s)
}

// layers are all convolutions with their normalisations, in the order of the parameters.
func (n *resNet) layers() []*normed {
	out := []*normed{n.stem}
	for _, stage := range n.stages {
		for _, k := range stage {
			out = append(out, k.layers()...)
		}
	}
	return out
}

// State are the running statistics.
func (n *resNet) State() []State {
	var out []State
	for _, l := range n.layers() {
		out = append(out, l.norm.State()...)
	}
	return out
}

func (n *resNet) Forward(x compute.Tensor, m Mode) compute.Tensor {
	return n.classify(n.features(x, m))
}

// Embed implements Embedder.
func (n *resNet) Embed(x compute.Tensor) compute.Tensor { return n.pool(n.features(x, Eval)) }

// features are the last stage's output (b × H × W × C).
func (n *resNet) features(x compute.Tensor, m Mode) compute.Tensor {
	images := n.input.forward(x, m)
	if m == Train {
		y := n.stem.forward(images, compute.Tensor{})
		n.seen("stem", y)
		h := n.pooled.Head(x.Rows())
		n.b.MaxPool(h, n.places.Head(x.Rows()), y, n.pool3)
		for i, stage := range n.stages {
			for _, k := range stage {
				h = k.forward(h)
			}
			n.seen(n.stageNames[i], h)
		}
		return h
	}
	y := n.stem.evaluate(inner, images, compute.Tensor{})
	n.seen("stem", y)
	h := n.scratch.image(current, y.Dim(0), n.pool3.Out(y.Dim(1)), n.pool3.Out(y.Dim(2)), y.Dim(3))
	n.b.MaxPool(h, n.places.Head(x.Rows()), y, n.pool3)
	for i, stage := range n.stages {
		for _, k := range stage {
			h = k.evaluate(h)
		}
		n.seen(n.stageNames[i], h)
	}
	return h
}

func (n *resNet) Backward(dout compute.Tensor) {
	rows := dout.Rows()
	last := n.stages[len(n.stages)-1]
	d := n.scratch.like(current, last[len(last)-1].third.out.Head(rows))
	n.backwardHead(d, dout)
	for i := len(n.stages) - 1; i >= 0; i-- {
		for j := len(n.stages[i]) - 1; j >= 0; j-- {
			d = n.stages[i][j].backward(d)
		}
	}
	y := n.scratch.like(inner, n.stem.out.Head(rows))
	n.b.MaxPoolBackward(y, d, n.places.Head(rows), n.pool3)
	n.stem.mask(y)
	n.stem.backward(compute.Tensor{}, y, y, false)
}

// MatmulFLOP counts the products of all convolutions and of the head: forward, the weights' gradients,
// and but for the first the inputs'.
func (n *resNet) MatmulFLOP(batch int) float64 {
	sum := 3 * n.headFLOP(batch)
	for _, l := range n.layers() {
		sum += 3 * l.conv.flop(batch, l.height, l.width)
	}
	return sum - n.stem.conv.flop(batch, n.stem.height, n.stem.width)
}
