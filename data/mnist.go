package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"noise2sparse/internal/idx"
	"noise2sparse/internal/registry"
)

func init() {
	for _, m := range []struct {
		name, doc string
		facts     *Facts
	}{
		{"mnist", "MNIST: handwritten digits, 60,000 + 10,000 images of 28×28 (uint8), 10 classes", digits(0.1307, 0.3081)},
		{"fashion-mnist", "Fashion-MNIST: clothes, 60,000 + 10,000 images of 28×28 (uint8), 10 classes", digits(0.2860, 0.3530)},
	} {
		Datasets.Register(registry.Entry[Kind]{
			Name: m.name,
			Doc:  m.doc,
			Value: Kind{
				Needs: []string{
					m.name + "/train-images-idx3-ubyte[.gz]", m.name + "/train-labels-idx1-ubyte[.gz]",
					m.name + "/t10k-images-idx3-ubyte[.gz]", m.name + "/t10k-labels-idx1-ubyte[.gz]",
				},
				Facts: m.facts,
				load:  func(o Options, _ params) (*Dataset, error) { return loadMNIST(filepath.Join(o.Dir, m.name)) },
			},
		})
	}
}

// loadMNIST reads the four IDX files of a folder, each plain or compressed with gzip.
func loadMNIST(folder string) (*Dataset, error) {
	d := &Dataset{Classes: 10}
	var err error
	if d.Files, err = findAllIDX(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
		"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"); err != nil {
		return nil, err
	}
	for i, s := range []*Split{&d.Train, &d.Val} {
		images, labels := d.Files[2*i], d.Files[2*i+1]
		if s.X, err = idx.Read(images); err != nil {
			return nil, err
		}
		if len(s.X.Shape) != 3 {
			return nil, fmt.Errorf("%s: %v is not images × height × width", images, s.X)
		}
		if s.Labels, err = readLabels(labels); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// findAllIDX finds all of the files, or names all that are missing.
func findAllIDX(folder string, names ...string) ([]string, error) {
	var found, lacking []string
	for _, n := range names {
		p, err := findIDX(folder, n)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			lacking = append(lacking, n)
		case err != nil:
			return nil, err
		}
		found = append(found, p)
	}
	if len(lacking) > 0 {
		return nil, fmt.Errorf("%s lacks %s (plain or .gz): training and validation files are both needed; say where the datasets lie with --data-dir or %s",
			folder, strings.Join(lacking, ", "), EnvDir)
	}
	return found, nil
}

// findIDX finds name or name.gz in a folder. Where neither is there, the error is ErrNotExist.
func findIDX(folder, name string) (string, error) {
	for _, p := range []string{filepath.Join(folder, name), filepath.Join(folder, name+".gz")} {
		if _, err := os.Stat(p); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return p, err
		}
	}
	return "", fs.ErrNotExist
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
