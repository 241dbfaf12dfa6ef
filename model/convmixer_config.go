package model

import (
	"fmt"

	"noise2sparse/internal/problem"
)

// ConvMixerConfig describes a ConvMixer (Trockman and Kolter 2022, arXiv 2201.09792). It is the
// `model.convmixer:` section.
type ConvMixerConfig struct {
	HiddenDim  int `yaml:"hidden_dim" default:"256" doc:"channels of all layers"`
	Depth      int `yaml:"depth" default:"8" doc:"blocks of a depthwise and a pointwise convolution"`
	KernelSize int `yaml:"kernel_size" default:"5" doc:"side of the depthwise kernels, in patches; odd, so that the image keeps its size"`
	PatchSize  int `yaml:"patch_size" default:"2" doc:"side of the patches that the first layer embeds, in pixels"`

	// Crop: images need not be whole patches; what is left at the right and the bottom is not looked
	// at, as in PyTorch. It is for replays of the reference's runs; no file can ask for it.
	Crop bool `yaml:"-"`
}

// The largest settings that are believed: beyond these something was mistyped.
const (
	maxChannels = 1 << 14
	maxBlocks   = 1 << 10
)

func (c *ConvMixerConfig) check(ps *problem.List) {
	inRange(ps, "hidden_dim", c.HiddenDim, maxChannels)
	inRange(ps, "depth", c.Depth, maxBlocks)
	inRange(ps, "patch_size", c.PatchSize, maxChannels)
	if c.KernelSize < 1 || c.KernelSize > 255 || c.KernelSize%2 == 0 {
		ps.Addf("kernel_size", "is %d; give an odd number, 1 to 255", c.KernelSize)
	}
}

// inRange records a number that does not lie in 1 to most.
func inRange(ps *problem.List, field string, n, most int) {
	if n < 1 || n > most {
		ps.Addf(field, "is %d; give 1 to %d", n, most)
	}
}

// fit tells why images can't be cut into patches.
func (c *ConvMixerConfig) fit(m Image) error {
	if p := c.PatchSize; c.Crop && m.Height >= p && m.Width >= p {
		return nil
	}
	if p := c.PatchSize; m.Height%p != 0 || m.Width%p != 0 {
		return fmt.Errorf("model.convmixer.patch_size is %d, but the images have %d×%d pixels: give a number that divides both", p, m.Height, m.Width)
	}
	return nil
}
