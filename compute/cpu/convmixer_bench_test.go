package cpu

import (
	"fmt"
	"testing"

	"noise2sparse/compute"
)

// BenchmarkConvMixer is the evaluation of a ConvMixer of 256 channels, depth 8, kernel 5, patch 2 on
// 32×32 images, from patches to features: what `trainer data embed` computes.
func BenchmarkConvMixer(b *testing.B) {
	for _, batch := range []int{16, 64} {
		b.Run(fmt.Sprintf("batch%d", batch), func(b *testing.B) {
			m := newMixer(b, batch)
			m.forward()
			for b.Loop() {
				m.forward()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N*batch), "ms/image")
		})
	}
}

type mixer struct {
	b                                  compute.Backend
	images, patches, x, y              compute.Tensor
	features, stem, point, depth, norm compute.Tensor
	batch                              int
}

func newMixer(tb testing.TB, batch int) *mixer {
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = b.Close() })
	random := func(scale float64, shape ...int) compute.Tensor {
		t := b.Alloc(compute.Float32, shape...)
		b.Uniform(t, -scale, scale, 1, compute.PurposeInit)
		return t
	}
	return &mixer{
		b: b, batch: batch, images: random(1, batch, 32, 32, 3), patches: random(1, batch*256, 12),
		x: random(1, batch, 16, 16, 256), y: random(1, batch, 16, 16, 256), features: random(1, batch, 256),
		stem: random(0.3, 256, 12), point: random(0.1, 256, 256), depth: random(0.3, 256, 1, 5, 5), norm: random(1, 256),
	}
}

func (m *mixer) forward() {
	e := compute.Epilogue{Bias: m.norm, GELU: true, Scale: m.norm, Shift: m.norm}
	x, y := m.x.Reshape(m.batch*256, 256), m.y.Reshape(m.batch*256, 256)
	m.b.Patches(m.patches, m.images, compute.Window{Size: 2, Stride: 2})
	compute.LinearFinish(m.b, x, m.patches, m.stem, e)
	for range 8 {
		d := e
		d.Residual = m.x
		compute.DepthwiseFinish(m.b, m.y, m.x, m.depth, d)
		compute.LinearFinish(m.b, x, y, m.point, e)
	}
	m.b.MeanPool(m.features, m.x)
}

// BenchmarkConvMixerParts are its operations one by one, for a batch of 16.
func BenchmarkConvMixerParts(b *testing.B) {
	m := newMixer(b, 16)
	e := compute.Epilogue{Bias: m.norm, GELU: true, Scale: m.norm, Shift: m.norm}
	x, y := m.x.Reshape(16*256, 256), m.y.Reshape(16*256, 256)
	for name, f := range map[string]func(){
		"depthwise":        func() { m.b.Depthwise(m.y, m.x, m.depth, m.norm) },
		"depthwise+finish": func() { compute.DepthwiseFinish(m.b, m.y, m.x, m.depth, e) },
		"product":          func() { m.b.Matmul(x, y, m.point, false, true, 1, 0) },
		"product+finish":   func() { compute.LinearFinish(m.b, x, y, m.point, e) },
		"finish":           func() { compute.Finish(m.b, x, y, e) },
		"gelu":             func() { m.b.Unary(compute.GELU, x, y) },
		"moments": func() {
			m.b.ChannelMoments(m.features.Slice(0, 1).Flat(), m.features.Slice(1, 2).Flat(), compute.Tensor{}, compute.Tensor{}, x, 0.1, 1e-5)
		},
		"depthwise input":  func() { m.b.DepthwiseInput(m.y, m.x, m.depth) },
		"depthwise weight": func() { m.b.DepthwiseWeight(m.depth, m.norm, m.y, m.x) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
		})
	}
}
