package train

import (
	"fmt"
	"slices"
	"strings"

	"noise2sparse/compute"
	"noise2sparse/internal/array"
	"noise2sparse/internal/problem"
	"noise2sparse/model"
)

// EmbedSpec is a network with given weights, and the images that go through it.
type EmbedSpec struct {
	Model   model.Config  // of a network on images, with the normalisation of its input
	Weights []array.Named // all parameters and running statistics, by name
	Classes int           // what the classifier tells apart, from its weights' shape
	Image   model.Image
	Pixels  compute.DType // of the images: uint8, or floating-point
	Batch   int
}

// Embedding passes images through a network in evaluation mode and gives the features that its
// classifier sees.
type Embedding struct {
	b     compute.Backend
	net   model.Network
	raw   compute.Tensor // (batch × C·H·W), as the images are
	x     compute.Tensor // (batch × C·H·W)
	index compute.Tensor // Int32 [batch]: 0, 1, 2, ...
	width int
}

// NewEmbedding builds the network. Tensors that are missing, have another shape or belong to no
// parameter are all named.
func NewEmbedding(b compute.Backend, s EmbedSpec) (*Embedding, error) {
	var ps problem.List
	if s.Model.Check(ps.At("model")); ps.Err() != nil {
		return nil, ps.Err()
	}
	pixels := s.Image.Channels * s.Image.Height * s.Image.Width
	net, err := model.New(b, s.Model, model.Spec{Input: pixels, Output: s.Classes, Batch: s.Batch, Image: &s.Image, Inference: true})
	if err != nil {
		return nil, err
	}
	if _, ok := net.(model.Embedder); !ok {
		return nil, fmt.Errorf("a network of kind %s has no features before a classifier", s.Model.Kind)
	}
	if err := setWeights(b, net, s.Weights); err != nil {
		return nil, err
	}
	e := &Embedding{
		b: b, net: net, raw: b.Alloc(s.Pixels, s.Batch, pixels), x: b.Alloc(b.Float(), s.Batch, pixels), index: b.Alloc(compute.Int32, s.Batch),
	}
	b.Upload(e.index, rawBytes(iota32(s.Batch)))
	for _, p := range net.Params().List {
		if shape := p.Value.Shape(); len(shape) == 2 { // the classifier's
			e.width = shape[1]
		}
	}
	return e, b.Sync()
}

// Width is the number of features.
func (e *Embedding) Width() int { return e.width }

// Batch sets features to those of images (n × C × H × W), n at most the batch. It waits for the device.
func (e *Embedding) Batch(features []float32, images array.Array) error {
	n := images.Rows()
	e.b.Upload(e.raw.Head(n), images.Bytes)
	e.b.Gather(e.x.Head(n), e.raw, e.index.Head(n))
	y := e.net.(model.Embedder).Embed(e.x.Head(n))
	if y.DType() == compute.Float32 {
		e.b.Download(rawBytes(features[:n*e.width]), y)
	} else {
		for i, v := range floats(e.b, y) {
			features[i] = float32(v)
		}
	}
	return e.b.Sync()
}

// setWeights gives a network its parameters and running statistics.
func setWeights(b compute.Backend, net model.Network, weights []array.Named) error {
	var wrong []string
	used := map[string]bool{}
	set := func(name string, t compute.Tensor) {
		used[name] = true
		i := slices.IndexFunc(weights, func(w array.Named) bool { return w.Name == name })
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("tensor %s (%v) is missing", name, t))
			return
		}
		a, err := widen(weights[i], t.DType())
		if want := t.Shape(); err != nil || a.DType != t.DType() || !slices.Equal(a.Shape, want) && (a.Len() != 1 || t.Len() != 1) {
			wrong = append(wrong, fmt.Sprintf("tensor %s is %v, the network needs %v", name, weights[i].Array, t))
			return
		}
		b.Upload(t, a.Bytes)
	}
	for _, p := range net.Params().List {
		set(p.Name, p.Value)
	}
	for _, s := range net.State() {
		set(s.Name, s.Tensor)
	}
	for _, w := range weights {
		if !used[w.Name] {
			wrong = append(wrong, fmt.Sprintf("tensor %s (%v) belongs to no layer of this network", w.Name, w.Array))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s", strings.Join(wrong, "\n"))
	}
	return nil
}
