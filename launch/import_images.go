package launch

import (
	"noise2sparse/convert"
	"noise2sparse/data"
	"noise2sparse/train"
)

// imagesOf is what the dataset of a run on images tells, which the weights do not: the size of its
// images, and their mean and deviation. Of a registered dataset that is known without its files.
func (o ImportOptions) imagesOf(c train.Config, im *convert.Import) (*data.Dataset, error) {
	d := &data.Dataset{Name: c.Dataset}
	if e, err := data.Datasets.Get(c.Dataset); err == nil && e.Value.Facts != nil {
		d.Image, d.Mean, d.Std = e.Value.Facts.Image(), e.Value.Facts.Mean, e.Value.Facts.Std
	} else {
		set, err := newDatasets(o.DataDir, nil).get(c)
		if err != nil {
			return nil, err
		}
		d.Image, d.Mean, d.Std = set.Image, set.Mean, set.Std
	}
	switch g := d.Image; {
	case g == nil:
		return nil, wrong("dataset", "is %s, which has no images; %s holds a %s: name the dataset that it is for, with --set dataset=cifar10", c.Dataset, im.Path, im.Images.Model.Kind)
	case g.Channels != im.Images.Channels:
		return nil, wrong("dataset", "is %s, images of %d channels, but the network of %s takes %d", c.Dataset, g.Channels, im.Path, im.Images.Channels)
	default:
		im.Input = g.Channels * g.Height * g.Width
	}
	return d, nil
}
