package data

import (
	"path/filepath"

	"noise2sparse/internal/registry"
)

func init() {
	Datasets.Register(registry.Entry[Kind]{
		Name:      "cifar10-latents",
		Doc:       "CIFAR-10 through a ConvMixer trained on ImageNet32: 50,000 + 10,000 vectors of 256 values (float16 or float32), 10 classes",
		Reference: "Cached_ConvMixer_WTransforms_ImageNet32_CIFAR10",
		Value: Kind{
			Needs: []string{"cifar10-latents/all_data_train.pt", "cifar10-latents/all_data_test.pt"},
			load:  loadLatents,
		},
	})
}

// loadLatents reads two files, each written by torch.save((latents, labels)).
func loadLatents(o Options, _ params) (*Dataset, error) {
	d := &Dataset{Classes: 10}
	for _, s := range []struct {
		name string
		to   *Split
	}{{"all_data_train.pt", &d.Train}, {"all_data_test.pt", &d.Val}} {
		path := filepath.Join(o.Dir, "cifar10-latents", s.name)
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
