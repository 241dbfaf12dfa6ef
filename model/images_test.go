package model_test

import (
	"slices"
	"strings"
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

// The lower bound of the memory is one, and no loose one.
func TestLeastOfImageNetworks(t *testing.T) {
	for _, c := range []model.Config{convMixer(32, 3, 5, 2), resNet(16, []int{2, 2}, []int{16, 32}, 64)} {
		b := openFloat64(t)
		s := model.Spec{Input: 3 * 32 * 32, Output: 10, Batch: 4, Image: &model.Image{Channels: 3, Height: 32, Width: 32}}
		before := b.Allocated()
		net, err := model.New(b, c, s)
		if err != nil {
			t.Fatal(err)
		}
		parameters, activations := c.Least(s)
		if n := float64(net.Params().Count()); parameters > n || parameters < 0.9*n {
			t.Errorf("%s: at least %v parameters, but it has %v", c.Kind, parameters, n)
		}
		if all := float64(b.Allocated()-before) / 8; 2*parameters+activations > all || 2*parameters+activations < 0.4*all {
			t.Errorf("%s: at least %v numbers, but it has %v", c.Kind, 2*parameters+activations, all)
		}
	}
}

// Cropped, a ConvMixer does not look at what is left beside the whole patches.
func TestConvMixerCrops(t *testing.T) {
	c := convMixer(4, 1, 3, 2)
	c.ConvMixer.Crop = true
	b := openFloat64(t)
	output := func(side int, at func(channel, row, column int) float64) []float64 {
		n, err := model.New(b, c, model.Spec{
			Input: 3 * side * side, Output: 3, Batch: 1, Seed: 5, Image: &model.Image{Channels: 3, Height: side, Width: side},
		})
		if err != nil {
			t.Fatal(err)
		}
		var x []float64
		for i := range 3 * side * side {
			x = append(x, at(i/(side*side), i/side%side, i%side))
		}
		return values(b, n.Forward(tensor(b, x, 1, len(x)), model.Eval))
	}
	at := func(channel, row, column int) float64 { return float64(channel*7+row*5+column*3) / 40 }
	if got, want := output(5, at), output(4, at); !slices.Equal(got, want) {
		t.Errorf("got %v for 5×5 pixels, %v for their 4×4 in patches of 2×2", got, want)
	}
}

// Networks on images refuse what they can't take, by name.
func TestImageNetworksRefuse(t *testing.T) {
	three := model.Image{Channels: 3, Height: 6, Width: 6}
	for name, c := range map[string]struct {
		config model.Config
		image  *model.Image
		want   string
	}{
		"vectors":           {convMixer(4, 1, 3, 2), nil, "vectors of 108 numbers"},
		"a part of a patch": {convMixer(4, 1, 3, 4), &three, "patch_size is 4, but the images have 6×6 pixels"},
		"other channels": {func() model.Config {
			c := resNet(4, []int{1}, []int{4}, 64)
			c.InputNormalization = &model.NormalizationConfig{Mean: []float64{0}, Std: []float64{1}}
			return c
		}(), &three, "1 values of mean and std, but the images have 3 channels"},
	} {
		_, err := model.New(openFloat64(t), c.config, model.Spec{Input: 108, Output: 3, Batch: 2, Image: c.image})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}
