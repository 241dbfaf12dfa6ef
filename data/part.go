package data

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"noise2sparse/internal/cifar"
)

// Part is one split of a dataset, or all of a file, with what is known of it.
type Part struct {
	Split
	Files     []string
	Image     *Image // nil where samples are not images
	Classes   int    // 0 where there are no labels
	Mean, Std []float64
}

// LoadPart loads the samples of one split, train or test: of a registered dataset, of a file that
// holds both under names that say so, or all samples of any other file. It needs no other split to be
// there, but for registered datasets.
func LoadPart(o Options, split string) (*Part, error) {
	if split != "train" && split != "test" {
		return nil, fmt.Errorf("the split is %q; give train or test", split)
	}
	if e, err := Datasets.Get(o.Name); err == nil && e.Value.load != nil {
		d, err := Load(o)
		if err != nil {
			return nil, err
		}
		p := &Part{Split: d.Train, Files: d.Files, Image: d.Image, Classes: d.Classes, Mean: d.Mean, Std: d.Std}
		if split == "test" {
			p.Split = d.Val
		}
		return p, nil
	}
	path, err := findFile(o)
	if err != nil {
		return nil, err
	}
	d, err := filePart(path, split)
	if err != nil {
		return nil, err
	}
	d.Val = d.Train // finish looks at both
	if err := d.finish(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Part{Split: d.Train, Files: d.Files, Image: d.Image, Classes: d.Classes, Mean: d.Mean, Std: d.Std}, nil
}

// filePart reads a file's samples into Train.
func filePart(path, split string) (*Dataset, error) {
	d := &Dataset{Files: []string{path}}
	k, err := guessCIFAR(path)
	if err == nil {
		b, err := cifar.ReadBinary(path, k)
		facts := cifarFacts(k)
		d.Train, d.Classes, d.Mean, d.Std = Split{X: b.Images, Labels: b.Labels}, facts.Classes, facts.Mean, facts.Std
		return d, err
	}
	if !errors.Is(err, cifar.ErrNeither) {
		return nil, err
	}
	s, err := openSource(path)
	if err != nil {
		return nil, err
	}
	defer s.close()
	words := map[string][]string{"train": trainNames, "test": valNames}[split]
	if !hasSplits(s.tensors) {
		words = nil
	}
	if d.Train, err = s.split(words); err != nil {
		return nil, err
	}
	return d, d.addIDXLabels(&d.Train, path, s.format)
}

// guessCIFAR tells which dataset a file of binary records is of; cifar.ErrNeither where it is none.
func guessCIFAR(path string) (cifar.Kind, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, cifar.ErrNeither
	}
	return cifar.Guess(f, info.Size())
}

// cifarFacts are those of the dataset of that kind.
func cifarFacts(k cifar.Kind) *Facts {
	i := slices.IndexFunc(cifarSets, func(s cifarSet) bool { return s.kind == k })
	e, err := Datasets.Get(cifarSets[i].name)
	if err != nil { // cannot happen: all of them are registered
		panic(err)
	}
	return e.Value.Facts
}
