package data

import (
	"fmt"
	"path/filepath"
	"strings"

	"noise2sparse/internal/cifar"
	"noise2sparse/internal/registry"
)

// cifarSet is one of the two datasets, with the names that its makers give their files.
type cifarSet struct {
	kind        cifar.Kind
	name        string   // the dataset's, and its folder's below DATA_DIR
	archive     string   // "cifar-10": the archives' names begin with it
	folders     []string // within the archives: binary version, Python version
	train, test []string // files, without the .bin of the binary version
}

var cifarSets = []cifarSet{
	{
		kind: cifar.CIFAR10, name: "cifar10", archive: "cifar-10",
		folders: []string{"cifar-10-batches-bin", "cifar-10-batches-py"},
		train:   []string{"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"},
		test:    []string{"test_batch"},
	},
	{
		kind: cifar.CIFAR100, name: "cifar100", archive: "cifar-100",
		folders: []string{"cifar-100-binary", "cifar-100-python"},
		train:   []string{"train"},
		test:    []string{"test"},
	},
}

func init() {
	facts := []*Facts{
		{
			Train: 50000, Val: 10000, Shape: []int{3, 32, 32}, Classes: 10,
			Mean: []float64{0.4914, 0.4822, 0.4465}, Std: []float64{0.2471, 0.2435, 0.2616},
		},
		{
			Train: 50000, Val: 10000, Shape: []int{3, 32, 32}, Classes: 100,
			Mean: []float64{0.5071, 0.4865, 0.4409}, Std: []float64{0.2673, 0.2564, 0.2762},
		},
	}
	docs := []string{
		"CIFAR-10: 50,000 + 10,000 photographs of 3×32×32 (uint8), 10 classes",
		"CIFAR-100: 50,000 + 10,000 photographs of 3×32×32 (uint8), 100 classes in 20 superclasses",
	}
	for i, s := range cifarSets {
		k := Kind{
			Needs: []string{
				s.name + "/" + s.archive + "-binary.tar.gz", "or " + s.name + "/" + s.archive + "-python.tar.gz",
				"or what is in them, or train.tar and test.tar of images",
			},
			Facts: facts[i],
			find:  s.missing,
			load:  s.load,
		}
		if s.kind == cifar.CIFAR100 {
			k.Params = []Param{{
				Name: "coarse", Max: 1, Integer: true,
				Doc: "1: the 20 superclasses are the labels; 0: the 100 classes",
			}}
		}
		Datasets.Register(registry.Entry[Kind]{Name: s.name, Doc: docs[i], Reference: strings.ToUpper(s.name), Value: k})
	}
}

// place is where a split lies: files, or files in an archive.
type place struct {
	archive string
	files   []string
	binary  bool
}

// places are where a split may lie in a folder, the likeliest to be read fastest first.
func (s cifarSet) places(folder string, names []string) []place {
	var all []place
	for i, inner := range s.folders {
		binary := i == 0
		files := make([]string, len(names))
		for j, n := range names {
			if files[j] = n; binary {
				files[j] += ".bin"
			}
		}
		all = append(all, place{files: under(folder, files), binary: binary},
			place{files: under(filepath.Join(folder, inner), files), binary: binary})
	}
	return all
}

// under puts files into a folder.
func under(folder string, files []string) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = filepath.Join(folder, f)
	}
	return out
}

// locate finds the files of a split.
func (s cifarSet) locate(folder string, names []string) (place, error) {
	for _, p := range s.places(folder, names) {
		there := 0
		for _, f := range p.files {
			if isFile(f) {
				there++
			}
		}
		if there == len(p.files) {
			return p, nil
		}
	}
	return place{}, fmt.Errorf("%s has no %s", folder, strings.Join(names, ", "))
}

// missing tells what is not there.
func (s cifarSet) missing(dir string) error {
	folder := filepath.Join(dir, s.name)
	for _, names := range [][]string{s.train, s.test} {
		if _, err := s.locate(folder, names); err != nil {
			return err
		}
	}
	return nil
}

func (s cifarSet) load(o Options, p params) (*Dataset, error) {
	folder := filepath.Join(o.Dir, s.name)
	d := &Dataset{}
	for _, part := range []struct {
		names []string
		to    *Split
	}{{s.train, &d.Train}, {s.test, &d.Val}} {
		at, err := s.locate(folder, part.names)
		if err != nil {
			return nil, err
		}
		for _, f := range at.files {
			b, err := cifar.ReadBinary(f, s.kind)
			if err != nil {
				return nil, err
			}
			labels := b.Labels
			if p.int("coarse") == 1 {
				labels = b.Coarse
			}
			part.to.X.DType, part.to.X.Bytes = b.Images.DType, append(part.to.X.Bytes, b.Images.Bytes...)
			part.to.Labels = append(part.to.Labels, labels...)
			d.Files = append(d.Files, f)
		}
		part.to.X.Shape = []int{len(part.to.Labels), cifar.Channels, cifar.Side, cifar.Side}
	}
	return d, nil
}
