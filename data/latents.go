package data

import (
	"path/filepath"

	"noise2sparse/internal/registry"
)

func init() {
	for _, l := range []struct {
		name, of, reference string
		classes             int
	}{
		{"cifar10-latents", "CIFAR-10", "Cached_ConvMixer_WTransforms_ImageNet32_CIFAR10", 10},
		{"cifar100-latents", "CIFAR-100", "Cached_ConvMixer_WTransforms_ImageNet32_CIFAR100", 100},
	} {
		Datasets.Register(registry.Entry[Kind]{
			Name:      l.name,
			Doc:       l.of + " through a ConvMixer trained on ImageNet32: 50,000 + 10,000 vectors of 256 values (float16 or float32)",
			Reference: l.reference,
			Value: Kind{
				Needs: []string{l.name + "/all_data_train.pt", l.name + "/all_data_test.pt"},
				Facts: latents(l.classes),
				load: func(o Options, _ params) (*Dataset, error) {
					return loadLatents(filepath.Join(o.Dir, l.name), l.classes)
				},
			},
		})
	}
}

// loadLatents reads two files, each written by torch.save((latents, labels)).
func loadLatents(folder string, classes int) (*Dataset, error) {
	d := &Dataset{Classes: classes}
	for _, s := range []struct {
		name string
		to   *Split
	}{{"all_data_train.pt", &d.Train}, {"all_data_test.pt", &d.Val}} {
		path := filepath.Join(folder, s.name)
		src, err := openSource(path)
		if err != nil {
			return nil, err
		}
		*s.to, err = src.split(nil)
		src.close()
		if err != nil {
			return nil, err
		}
		d.Files = append(d.Files, path)
	}
	return d, nil
}
