package train

import (
	"noise2sparse/compute"
	"noise2sparse/internal/problem"
)

// AugmentationConfig is the `augmentation:` section: what happens to images in training, anew in each
// step. Evaluation sees them as they are.
type AugmentationConfig struct {
	CropPadding int  `yaml:"crop_padding" default:"4" doc:"the image is moved by up to so many pixels along each axis, all shifts equally likely; what comes in from outside is 0 (black)"`
	Flip        bool `yaml:"flip" default:"true" doc:"every second image, by chance, is mirrored left to right"`
}

func (c *Config) checkAugmentation(ps *problem.List) {
	a := c.Augmentation
	if a == nil {
		return
	}
	if a.CropPadding < 0 || a.CropPadding > 1024 {
		ps.Addf("augmentation.crop_padding", "is %d; give 0 (no shift) to 1024", a.CropPadding)
	}
	if a.CropPadding == 0 && !a.Flip {
		ps.Addf("augmentation", "changes nothing with crop_padding 0 and flip false; give null")
	}
}

// gather sets x (n × d) to training samples, augmented where that is asked for: what happens to a
// sample follows from seed, step and its place in the batch.
func (e *Engine) gather(x, index compute.Tensor) {
	a := e.cfg.Augmentation
	if a == nil {
		e.b.Gather(x, e.train.x, index)
		return
	}
	unmoved := e.unmoved.Head(x.Rows())
	e.b.Gather(unmoved, e.train.x, index)
	n, g := x.Rows(), e.image
	e.b.Augment(x.Reshape(n, g.Channels, g.Height, g.Width), unmoved.Reshape(n, g.Channels, g.Height, g.Width),
		compute.Augmentation{Pad: a.CropPadding, Flip: a.Flip, Seed: e.cfg.Seed, Purpose: compute.PurposeAugment}, e.step)
}
