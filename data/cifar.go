package data

import (
	"fmt"
	"strconv"
	"strings"

	"noise2sparse/internal/array"
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
				s.name + "/" + s.archive + "-binary.tar.gz",
				"or " + s.archive + "-python.tar.gz, or what is in one of them, or train.tar and test.tar of images in class folders",
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

// missing tells what is not there.
func (s cifarSet) missing(dir string) error {
	_, _, err := s.locate(s.folder(dir))
	return err
}

// load reads both splits, an archive that holds both only once.
func (s cifarSet) load(o Options, p params) (*Dataset, error) {
	train, test, err := s.locate(s.folder(o.Dir))
	if err != nil {
		return nil, err
	}
	d := &Dataset{Files: train.paths()}
	coarse := p.int("coarse") == 1
	if train.archive != "" && train.archive == test.archive {
		n := len(train.files)
		train.files = append(train.files, test.files...)
		batches, err := s.read(train)
		if err != nil {
			return nil, err
		}
		d.Train, d.Val = asSplit(concat(batches[:n]), coarse), asSplit(concat(batches[n:]), coarse)
		return d, nil
	}
	for _, part := range []struct {
		at place
		to *Split
	}{{train, &d.Train}, {test, &d.Val}} {
		if *part.to, err = s.split(part.at, coarse); err != nil {
			return nil, err
		}
	}
	d.Files = append(d.Files, test.paths()...)
	return d, nil
}

// split reads a split from where it lies.
func (s cifarSet) split(at place, coarse bool) (Split, error) {
	if at.pictures != "" {
		return s.fromPictures(at.pictures, coarse)
	}
	batches, err := s.read(at)
	if err != nil {
		return Split{}, err
	}
	return asSplit(concat(batches), coarse), nil
}

// fromPictures reads a re-encoding of the dataset: pictures in class folders, whose sorted names are the
// classes in CIFAR's own order.
func (s cifarSet) fromPictures(path string, coarse bool) (Split, error) {
	if coarse {
		return Split{}, fmt.Errorf("%s: pictures in class folders have no coarse labels; leave data.coarse at 0", path)
	}
	src, err := openPictures(path, cifar.Channels)
	if err != nil {
		return Split{}, err
	}
	defer src.close()
	if err := s.checkClasses(src.classes); err != nil {
		return Split{}, fmt.Errorf("%s: %w", path, err)
	}
	out, err := src.split(nil)
	if err == nil && (len(out.X.Shape) != 4 || out.X.RowLen() != cifar.Pixels || out.X.Shape[2] != cifar.Side) {
		err = fmt.Errorf("%s: pictures of %s pixels; those of %v have 3×32×32", path, array.ShapeString(out.X.Shape[1:]), s.kind)
	}
	return out, err
}

// cifar10Classes are the classes in the order of their labels, which is that of the alphabet; it is in
// CIFAR-100 too.
var cifar10Classes = []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

// checkClasses refuses class folders whose sorted names would give other labels than CIFAR's files, which
// the other split may come from: one that is missing moves all that follow.
func (s cifarSet) checkClasses(names []string) error {
	want := 10
	if s.kind == cifar.CIFAR100 {
		want = 100
	}
	if len(names) != want {
		return fmt.Errorf("%d class folders; %v has %d: name other pictures by their path, such as dataset: ./photos", len(names), s.kind, want)
	}
	for i, n := range names {
		if s.kind == cifar.CIFAR10 && n != cifar10Classes[i] && n != strconv.Itoa(i) {
			return fmt.Errorf("class folder %q; those of %v are %s, or 0 to 9", n, s.kind, strings.Join(cifar10Classes, ", "))
		}
	}
	return nil
}

// concat makes one batch of several. Their images are let go as they are copied.
func concat(batches []cifar.Batch) cifar.Batch {
	if len(batches) == 1 {
		return batches[0]
	}
	n := 0
	for _, b := range batches {
		n += len(b.Labels)
	}
	out := cifar.Batch{Labels: make([]int32, 0, n)}
	out.Images.DType, out.Images.Shape = batches[0].Images.DType, []int{n, cifar.Channels, cifar.Side, cifar.Side}
	out.Images.Bytes = make([]byte, 0, n*cifar.Pixels)
	for i, b := range batches {
		out.Labels, out.Coarse = append(out.Labels, b.Labels...), append(out.Coarse, b.Coarse...)
		out.Images.Bytes = append(out.Images.Bytes, b.Images.Bytes...)
		batches[i].Images.Bytes = nil
	}
	return out
}

// asSplit takes a batch's labels, or its coarse ones.
func asSplit(b cifar.Batch, coarse bool) Split {
	if coarse {
		return Split{X: b.Images, Labels: b.Coarse}
	}
	return Split{X: b.Images, Labels: b.Labels}
}
