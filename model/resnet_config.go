package model

import "noise2sparse/internal/problem"

// ResNetConfig describes a residual network of bottleneck blocks (He et al. 2016, arXiv 1512.03385;
// the stride is the 3×3 convolution's). It is the `model.resnet50:` section; the defaults are
// ResNet-50's.
type ResNetConfig struct {
	Stem          int   `yaml:"stem" default:"64" doc:"channels after the first convolution, 7×7 with stride 2"`
	Layers        []int `yaml:"layers" default:"[3, 4, 6, 3]" doc:"blocks of each stage; ResNet-101: [3, 4, 23, 3]"`
	Planes        []int `yaml:"planes" default:"[64, 128, 256, 512]" doc:"base width of each stage; its blocks give expansion times as many channels"`
	Expansion     int   `yaml:"expansion" default:"4" doc:"channels that a block gives, in units of its planes"`
	WidthPerGroup int   `yaml:"width_per_group" default:"64" doc:"channels inside a block, in 64ths of its planes; 128: Wide ResNet-50-2"`
}

func (c *ResNetConfig) check(ps *problem.List) {
	inRange(ps, "stem", c.Stem, maxChannels)
	inRange(ps, "expansion", c.Expansion, 64)
	inRange(ps, "width_per_group", c.WidthPerGroup, 1<<12)
	if len(c.Layers) == 0 || len(c.Layers) > 8 || len(c.Layers) != len(c.Planes) {
		ps.Addf("layers", "has %d stages, planes has %d; give one number of each for every stage, 1 to 8 of them", len(c.Layers), len(c.Planes))
		return
	}
	for i, n := range c.Layers {
		if n < 1 || n > maxBlocks {
			ps.Addf("layers", "stage %d has %d blocks; give 1 to %d", i+1, n, maxBlocks)
		}
		if p := c.Planes[i]; p < 1 || p > maxChannels {
			ps.Addf("planes", "of stage %d are %d; give 1 to %d", i+1, p, maxChannels)
		} else if c.inner(p) < 1 {
			ps.Addf("width_per_group", "is %d: no channel is left inside the blocks of stage %d", c.WidthPerGroup, i+1)
		}
	}
}

// inner is the number of channels inside a block of that many planes.
func (c *ResNetConfig) inner(planes int) int { return planes * c.WidthPerGroup / 64 }
