package train

import (
	"fmt"
	"slices"

	"noise2sparse/data"
	"noise2sparse/internal/problem"
	"noise2sparse/model"
)

// checkImages records what does not go with a network on images.
func (c *Config) checkImages(ps *problem.List) {
	if !c.Model.OnImages() {
		return
	}
	if e, err := data.Datasets.Get(c.Dataset); err == nil && e.Value.Facts != nil && e.Value.Facts.Image() == nil {
		ps.Addf("dataset", "is %s, vectors of %v numbers, but a %s needs images, such as cifar10", c.Dataset, e.Value.Facts.Shape[0], c.Model.Kind)
	}
	if c.Task == taskReconstruction {
		ps.Addf("task", "is reconstruction, but a %s gives the scores of classes; set task: classification", c.Model.Kind)
	}
	if i := slices.IndexFunc(c.Metrics.Extra, func(name string) bool { return name == "bias_effect" }); i >= 0 {
		ps.Addf("metrics.extra", "asks for bias_effect, which looks at hidden layers of neurons; a %s has none", c.Model.Kind)
	}
	if c.Scaling != "" && c.Scaling != "none" {
		ps.Addf("scaling", "is %s, by each pixel's own range; a network on images takes model.input_normalization", c.Scaling)
	}
}

// checkImageData says where a dataset is not what the configuration takes it for.
func checkImageData(c Config, d *data.Dataset) error {
	if n := c.Model.InputNormalization; n != nil && n.FromDataset() && len(d.Mean) == 0 {
		return fmt.Errorf("model.input_normalization.source is dataset, but no mean and deviation are known of dataset %s: give mean and std, and source: given", d.Name)
	}
	m := modelFor(c, d)
	if err := m.FitImages(d.Dim(), imageOf(d)); err != nil {
		return fmt.Errorf("dataset %s: %w", d.Name, err)
	}
	a := c.Augmentation
	switch {
	case a == nil:
		return nil
	case d.Image == nil:
		return fmt.Errorf("augmentation moves images, but the samples of dataset %s are vectors of %d numbers: set it to null", d.Name, d.Dim())
	case a.CropPadding >= min(d.Image.Height, d.Image.Width):
		return fmt.Errorf("augmentation.crop_padding is %d, which moves images of %d×%d pixels out of sight: give less than the smaller side", a.CropPadding, d.Image.Height, d.Image.Width)
	}
	return nil
}

// imageOf is the geometry of the dataset's samples for networks, nil where they are no images.
func imageOf(d *data.Dataset) *model.Image {
	if d.Image == nil {
		return nil
	}
	return &model.Image{Channels: d.Image.Channels, Height: d.Image.Height, Width: d.Image.Width}
}

// modelFor is the network's description, with mean and deviation where they come from the dataset.
func modelFor(c Config, d *data.Dataset) model.Config {
	m := c.Model
	if n := m.InputNormalization; n != nil && n.FromDataset() {
		own := *n
		own.Mean, own.Std = d.Mean, d.Std
		m.InputNormalization = &own
	}
	return m
}
