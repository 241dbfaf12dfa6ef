package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"noise2sparse/internal/idx"
	"noise2sparse/internal/registry"
)

func init() {
	Datasets.Register(registry.Entry[Kind]{
		Name: "mnist",
		Doc:  "MNIST: handwritten digits, 60,000 + 10,000 images of 28×28 (uint8), 10 classes",
		Value: Kind{
			Needs: []string{
				"mnist/train-images-idx3-ubyte[.gz]", "mnist/train-labels-idx1-ubyte[.gz]",
				"mnist/t10k-images-idx3-ubyte[.gz]", "mnist/t10k-labels-idx1-ubyte[.gz]",
			},
			load: loadMNIST,
		},
	})
}

// loadMNIST reads the four IDX files, each plain or compressed with gzip.
func loadMNIST(o Options, _ params) (*Dataset, error) {
	d := &Dataset{Classes: 10}
	folder := filepath.Join(o.Dir, "mnist")
	for _, s := range []struct {
		prefix string
		to     *Split
	}{{"train", &d.Train}, {"t10k", &d.Val}} {
		images, err := findIDX(folder, s.prefix+"-images-idx3-ubyte")
		if err != nil {
			return nil, err
		}
		labels, err := findIDX(folder, s.prefix+"-labels-idx1-ubyte")
		if err != nil {
			return nil, err
		}
		if s.to.X, err = idx.Read(images); err != nil {
			return nil, err
		}
		if len(s.to.X.Shape) != 3 {
			return nil, fmt.Errorf("%s: %v is not images × height × width", images, s.to.X)
		}
		if s.to.Labels, err = readLabels(labels); err != nil {
			return nil, err
		}
		d.Files = append(d.Files, images, labels)
	}
	return d, nil
}

// findIDX finds name or name.gz in a folder.
func findIDX(folder, name string) (string, error) {
	plain := filepath.Join(folder, name)
	for _, p := range []string{plain, plain + ".gz"} {
		switch _, err := os.Stat(p); {
		case err == nil:
			return p, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
	return "", fmt.Errorf("%w (nor %s.gz)", missing(plain), name)
}

// readLabels reads an IDX file of labels.
func readLabels(path string) ([]int32, error) {
	a, err := idx.Read(path)
	if err != nil {
		return nil, err
	}
	if len(a.Shape) != 1 {
		return nil, fmt.Errorf("%s: %v is not a vector of labels", path, a)
	}
	labels, err := toLabels(a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return labels, nil
}
