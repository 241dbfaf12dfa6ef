package model

import (
	"fmt"
	"slices"

	"noise2sparse/internal/problem"
)

// Image is the geometry of a sample that is an image, its values in the order channel, row, column.
type Image struct{ Channels, Height, Width int }

// imageKinds are the networks whose samples are images.
var imageKinds = []string{"convmixer", "resnet50"}

// OnImages tells whether the network's samples are images, and its task classification.
func (c *Config) OnImages() bool { return slices.Contains(imageKinds, c.Kind) }

// checkImages records what is wrong with a network on images.
func (c *Config) checkImages(ps *problem.List) {
	if !c.OnImages() {
		return
	}
	if c.Activation != "relu" && c.Activation != "" {
		ps.Addf("activation", "is %s, but it is that of the kinds ffn and sdm; a %s has its own: leave it out", c.Activation, c.Kind)
	}
	if c.Kind == "convmixer" {
		c.ConvMixer.check(ps.At("convmixer"))
	} else {
		c.ResNet50.check(ps.At("resnet50"))
	}
}

// FitImages tells what in c does not fit samples of n numbers with the geometry m, nil where they are
// no images.
func (c *Config) FitImages(n int, m *Image) error {
	switch {
	case !c.OnImages():
		return nil
	case m == nil:
		return fmt.Errorf("model.kind is %s, which needs images, but samples are vectors of %d numbers: choose a dataset of images, or another kind", c.Kind, n)
	case m.Channels < 1 || m.Height < 1 || m.Width < 1 || m.Channels*m.Height*m.Width != n:
		return fmt.Errorf("images of %d×%d×%d do not have %d numbers", m.Channels, m.Height, m.Width, n)
	}
	if n := c.InputNormalization; n != nil && len(n.Mean) != m.Channels {
		return fmt.Errorf("model.input_normalization has %d values of mean and std, but the images have %d channels", len(n.Mean), m.Channels)
	}
	if c.Kind == "convmixer" {
		return c.ConvMixer.fit(*m)
	}
	return nil
}
