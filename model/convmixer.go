package model

import (
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Networks.Register(registry.Entry[func(compute.Backend, Config, Spec) Network]{
		Name: "convmixer", Reference: "CONVMIXER", Value: newConvMixer,
		Doc: "patches, then blocks of depthwise and pointwise convolutions with batch normalisation; classifies images (Trockman and Kolter 2022)",
	})
}

// convMixer is the network of FORMAT.md section 8. With BN batch normalisation, p the patch size and
// σ the exact GELU:
//
//	h = BN(σ(conv p×p, stride p))                                features.0, features.2
//	each block:  r = h + BN(σ(depthwise k×k, same size))         features.{3+i}.0.fn.0, .fn.2
//	             h = BN(σ(conv 1×1))                             features.{3+i}.1, .3
//	output = mean of h over positions · Wᵀ + c                   classifier
//
// Names are those of the reference's torch.nn.Sequential.
type convMixer struct {
	imageNet
	stem   *mixing
	blocks []*mixerBlock
}

// mixerBlock is one block of a ConvMixer.
type mixerBlock struct{ depthwise, pointwise *mixing }

func newConvMixer(b compute.Backend, c Config, s Spec) Network {
	n := &convMixer{imageNet: newImageNet(b, c, s)}
	cm, m := c.ConvMixer, *s.Image
	ps, dim := &n.params, cm.HiddenDim
	n.stem = newMixing(b, ps, "features.0", "features.2", m.Channels, dim, compute.Window{Size: cm.PatchSize, Stride: cm.PatchSize}, n.scratch)
	for i := range cm.Depth {
		at := fmt.Sprintf("features.%d.", 3+i)
		n.blocks = append(n.blocks, &mixerBlock{
			newDepthwiseMixing(b, ps, at+"0.fn.0", at+"0.fn.2", dim, cm.KernelSize),
			newMixing(b, ps, at+"1", at+"3", dim, dim, compute.Window{Size: 1, Stride: 1}, n.scratch),
		})
	}
	n.nameStages("block.", 0, cm.Depth)
	n.head(b, "classifier", dim, s)

	h, w := n.stem.conv.plan(s.Batch, m.Height, m.Width)
	n.scratch.need(s.Batch, h, w, dim)
	n.finish(s)
	if !s.Inference {
		for _, l := range n.layers() {
			l.allocate(s.Batch, h, w, dim)
		}
	}
	return n
}

// layers are all convolutions with what follows them, from the input on.
func (n *convMixer) layers() []*mixing {
	out := []*mixing{n.stem}
	for _, k := range n.blocks {
		out = append(out, k.depthwise, k.pointwise)
	}
	return out
}

// State are the running statistics.
func (n *convMixer) State() []State {
	var out []State
	for _, l := range n.layers() {
		out = append(out, l.norm.State()...)
	}
	return out
}

func (n *convMixer) Forward(x compute.Tensor, m Mode) compute.Tensor {
	return n.classify(n.features(x, m))
}

// Embed implements Embedder.
func (n *convMixer) Embed(x compute.Tensor) compute.Tensor { return n.pool(n.features(x, Eval)) }

// features are the last block's output (b × H × W × C).
func (n *convMixer) features(x compute.Tensor, m Mode) compute.Tensor {
	images := n.input.forward(x, m)
	if m == Train {
		h := n.stem.forward(images, compute.Tensor{})
		n.seen("stem", h)
		for i, k := range n.blocks {
			h = k.pointwise.forward(k.depthwise.forward(h, h), compute.Tensor{})
			n.seen(n.stageNames[i], h)
		}
		return h
	}
	w := n.stem.conv.window
	h := n.scratch.image(current, images.Dim(0), w.Out(images.Dim(1)), w.Out(images.Dim(2)), n.stem.conv.channels())
	r := n.scratch.like(inner, h)
	n.stem.evaluate(h, images, compute.Tensor{})
	n.seen("stem", h)
	for i, k := range n.blocks {
		k.depthwise.evaluate(r, h, h)
		k.pointwise.evaluate(h, r, compute.Tensor{})
		n.seen(n.stageNames[i], h)
	}
	return h
}

func (n *convMixer) Backward(dout compute.Tensor) {
	last := n.blocks[len(n.blocks)-1].pointwise
	like := last.out.Head(dout.Rows())
	d, t := n.scratch.like(current, like), n.scratch.like(inner, like)
	n.backwardHead(d, dout)
	for i := len(n.blocks) - 1; i >= 0; i-- {
		k := n.blocks[i]
		k.pointwise.backward(t, d, n.scratch) // t: of r
		n.b.Copy(d, t)                        // r = h + ..., so h has r's gradient to begin with
		k.depthwise.backwardOnto(d, t, n.scratch)
	}
	n.stem.backward(compute.Tensor{}, d, n.scratch)
}

// MatmulFLOP counts the products of the patch embedding, the 1×1 convolutions and the head: forward,
// the weights' gradients, and but for the first the inputs'. Depthwise convolutions are no products.
func (n *convMixer) MatmulFLOP(batch int) float64 {
	m := n.input.image
	w := n.stem.conv.window
	sum := 2*n.stem.conv.flop(batch, m.Height, m.Width) + 3*n.headFLOP(batch)
	for _, k := range n.blocks {
		sum += 3 * k.pointwise.conv.flop(batch, w.Out(m.Height), w.Out(m.Width))
	}
	return sum
}
