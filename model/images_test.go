package model_test

import (
	"testing"

	"noise2sparse/compute"
	"noise2sparse/model"
)

func convMixer(dim, depth, kernel, patch int) model.Config {
	return model.Config{Kind: "convmixer", ConvMixer: model.ConvMixerConfig{HiddenDim: dim, Depth: depth, KernelSize: kernel, PatchSize: patch}}
}

func resNet(stem int, layers, planes []int, width int) model.Config {
	return model.Config{Kind: "resnet50", ResNet50: model.ResNetConfig{Stem: stem, Layers: layers, Planes: planes, Expansion: 2, WidthPerGroup: width}}
}

// The gradients of every layer of the networks on images: patch embedding, depthwise and pointwise
// convolutions, GELU and batch normalisation; strided convolutions, max pooling, both kinds of
// shortcuts; the mean over positions and the classifier.
func TestImageGradients(t *testing.T) {
	for _, c := range []struct {
		name   string
		config model.Config
		image  model.Image
		batch  int
	}{
		{"convmixer", convMixer(3, 2, 3, 2), model.Image{Channels: 3, Height: 4, Width: 6}, 3},
		{"convmixer, a kernel larger than the image", convMixer(4, 1, 5, 1), model.Image{Channels: 1, Height: 3, Width: 2}, 2},
		{"resnet", resNet(3, []int{2, 1}, []int{2, 3}, 64), model.Image{Channels: 2, Height: 11, Width: 9}, 3},
		{"wide resnet", resNet(2, []int{1, 2}, []int{2, 2}, 128), model.Image{Channels: 3, Height: 8, Width: 8}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkGradients(t, gradientCase{
				config: c.config, input: c.image.Channels * c.image.Height * c.image.Width, output: 3, batch: c.batch, seed: 11,
				prepare: func(_ compute.Backend, s *model.Spec) { s.Image = &c.image },
			})
		})
	}
}
