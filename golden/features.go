package golden

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/model"
)

// replayFeatures compares what a pretrained network computes in evaluation: the features before the
// classifier, with and without normalisation of the input, the means of all stages, and the scores.
func replayFeatures(c *Case, b compute.Backend) (*Report, error) {
	r := &replay{c: c, b: b, report: &Report{Case: c.Name}}
	images, err := c.tensors.Get("images")
	if err != nil {
		return nil, err
	}
	batch, g := r.pixels(images), geometry(images.Shape)
	if g == nil {
		return nil, fmt.Errorf("images are %v, not n × channels × height × width", images)
	}
	normalised := c.Model
	n, err := r.network(&normalised, g, images.Rows())
	if err != nil {
		return nil, err
	}
	n.(model.Watched).Watch(func(stage string, y compute.Tensor) {
		if y.Rank() == 4 {
			mean := b.Alloc(b.Float(), y.Dim(0), y.Dim(3))
			b.MeanPool(mean, y)
			r.tensor("pooled/"+stage, mean, c.Tolerance.Pooled)
		}
	})
	features := n.(model.Embedder).Embed(batch)
	r.tensor("features", features, c.Tolerance.Features)
	r.featureMetrics(r.floats(features))
	n.(model.Watched).Watch(nil)
	r.tensor("logits", n.Forward(batch, model.Eval), c.Tolerance.Logits)
	if name := "normalized_input_first_image"; c.tensors.Has(name) {
		clean := n.(model.NoisePlace).Clean(batch)
		r.tensor(name, clean.Slice(0, 1), c.Tolerance.Features)
	}

	plain := c.Model
	plain.InputNormalization = nil
	if n, err = r.network(&plain, g, images.Rows()); err != nil {
		return nil, err
	}
	r.tensor("features_unnormalized_input", n.(model.Embedder).Embed(batch), c.Tolerance.Features)
	r.allRead()
	return r.report, b.Sync()
}

// pixels puts uint8 images on the device as numbers in [0, 1], the way that training does.
func (r *replay) pixels(images array.Array) compute.Tensor {
	all := r.b.Alloc(images.DType, images.Rows(), images.RowLen())
	r.b.Upload(all, images.Bytes)
	index := r.b.Alloc(compute.Int32, images.Rows())
	for i := range images.Rows() {
		r.b.Fill(index.At(i), float64(i))
	}
	batch := r.b.Alloc(r.b.Float(), images.Rows(), images.RowLen())
	r.b.Gather(batch, all, index)
	return batch
}

// network is the network that m describes, for inference, with the recorded weights.
func (r *replay) network(m *Model, g *data.Image, batch int) (model.Network, error) {
	cfg := model.Config{Kind: m.kind()}
	m.variants(&cfg)
	m.images(&cfg)
	n, err := model.New(r.b, cfg, model.Spec{
		Input: g.Channels * g.Height * g.Width, Output: m.OutputSize, Batch: batch, Inference: true,
		Image: &model.Image{Channels: g.Channels, Height: g.Height, Width: g.Width},
	})
	if err != nil {
		return nil, err
	}
	for _, p := range n.Params().List {
		err = r.set(p.Name, p.Value, err)
	}
	for _, s := range n.State() {
		err = r.set(s.Name, s.Tensor, err)
	}
	return n, err
}

// set gives a tensor of the network its recorded value, unless something was wrong before.
func (r *replay) set(name string, t compute.Tensor, before error) error {
	if before != nil {
		return before
	}
	from := r.c.initial(name)
	if head := "init_head/" + strings.TrimPrefix(name, "classifier."); !r.c.tensors.Has(from) {
		from = head
	}
	a, err := r.c.tensors.Get(from)
	if err == nil && len(a.Bytes) != t.Bytes() {
		err = fmt.Errorf("%s is %v, the network has %v", from, a, t)
	}
	if err == nil {
		r.b.Upload(t, a.Bytes)
	}
	return err
}

// featureMetrics compares mean, deviation (of a sample: divisor N − 1) and range of the features.
func (r *replay) featureMetrics(v []float32) {
	var mean, square float64
	for _, x := range v {
		mean += float64(x) / float64(len(v))
	}
	for _, x := range v {
		square += (float64(x) - mean) * (float64(x) - mean)
	}
	for name, got := range map[string]float64{
		"features_mean": mean, "features_std": math.Sqrt(square / float64(len(v)-1)),
		"features_min": float64(slices.Min(v)), "features_max": float64(slices.Max(v)),
	} {
		var want float64
		if err := json.Unmarshal(r.c.Metrics[name], &want); err != nil {
			r.report.fail(name, fmt.Sprintf("is not recorded as a number: %v", err))
			continue
		}
		r.number(name, got, want, Bound{Abs: r.c.Tolerance.Features.MaxAbs})
	}
}
