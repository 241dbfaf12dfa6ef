package data

import (
	"fmt"
	"slices"
	"strings"
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

// filePart reads a file's or folder's samples into Train.
func filePart(path, split string) (*Dataset, error) {
	s, err := openSource(path)
	if err != nil {
		return nil, err
	}
	defer s.close()
	d := &Dataset{Files: []string{path}}
	words := map[string][]string{"train": trainNames, "test": valNames}[split]
	if !hasSplits(s.tensors) {
		words = nil
	}
	if d.Train, err = s.split(words); err != nil {
		return nil, err
	}
	if f := s.cifarFacts(); f != nil {
		d.Classes, d.Mean, d.Std = f.Classes, f.Mean, f.Std
	}
	return d, d.addIDXLabels(&d.Train, path, s.format)
}

// cifarFacts are what is known of CIFAR-10 or CIFAR-100 where the source holds it, however it is packed;
// else nil.
func (s *source) cifarFacts() *Facts {
	kind, _, _ := strings.Cut(s.format, " ")
	i := slices.IndexFunc(cifarSets, func(c cifarSet) bool { return c.kind.String() == kind })
	if i < 0 {
		return nil
	}
	e, err := Datasets.Get(cifarSets[i].name)
	if err != nil { // cannot happen: all of them are registered
		panic(err)
	}
	return e.Value.Facts
}
