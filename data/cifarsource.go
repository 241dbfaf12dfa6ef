package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path"

	"noise2sparse/internal/cifar"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/numpickle"
	"noise2sparse/internal/tarfile"
)

// openBatch opens a file of CIFAR's binary records. Nothing in it says what it is, so its size and its
// labels must be right.
func openBatch(path string) (*source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	k, err := cifar.Guess(f, info.Size())
	if err != nil && !errors.Is(err, cifar.ErrNeither) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	b, err := cifar.ReadBinary(path, k)
	if err != nil {
		return nil, err
	}
	return loaded(k.String()+" binary", batchArrays("", b)), nil
}

// openPickle opens a pickle of numpy arrays: a batch of CIFAR's, else whatever arrays it holds.
func openPickle(path string) (*source, error) {
	for _, k := range []cifar.Kind{cifar.CIFAR10, cifar.CIFAR100} {
		if b, err := cifar.ReadPython(path, k); err == nil {
			return loaded(k.String()+" pickle", batchArrays("", b)), nil
		}
	}
	v, err := numpickle.Read(path)
	if err != nil {
		return nil, err
	}
	all := numpickle.Named(v)
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: a pickle without numpy arrays", path)
	}
	return loaded("pickle", all), nil
}

// openArchive opens a tar archive: CIFAR's, or one of pictures.
func openArchive(file string, channels int) (*source, error) {
	found := -1
	var binary bool
	err := tarfile.Walk(file, func(e *tarfile.Entry) error {
		for i, s := range cifarSets {
			j := indexOf(s.folders, path.Base(path.Dir(e.Name)))
			if j >= 0 && indexOf(named(append(s.train, s.test...), j == 0), path.Base(e.Name)) >= 0 {
				found, binary = i, j == 0
				return tarfile.ErrStop
			}
		}
		if isPicture(e.Name) {
			return tarfile.ErrStop
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if found < 0 {
		return openPictures(file, channels)
	}
	return cifarSets[found].openArchive(file, binary)
}

// openArchive reads both splits of one of CIFAR's own archives.
func (s cifarSet) openArchive(file string, binary bool) (*source, error) {
	batches, err := s.read(place{archive: file, files: named(append(append([]string{}, s.train...), s.test...), binary), binary: binary})
	if err != nil {
		return nil, err
	}
	n := len(s.train)
	return s.source(batches[:n], batches[n:]), nil
}

// openCIFAR opens a folder of CIFAR's files; errNotCIFAR: it holds none.
func openCIFAR(folder string) (*source, error) {
	for _, s := range cifarSets {
		train, ok1 := s.find(folder, s.train, "")
		test, ok2 := s.find(folder, s.test, "")
		if !ok1 || !ok2 {
			continue
		}
		a, err := s.read(train)
		if err != nil {
			return nil, err
		}
		b, err := s.read(test)
		if err != nil {
			return nil, err
		}
		return s.source(a, b), nil
	}
	return nil, errNotCIFAR
}

var errNotCIFAR = errors.New("no files of CIFAR-10 or CIFAR-100")

// source offers both splits.
func (s cifarSet) source(train, test []cifar.Batch) *source {
	all := append(batchArrays("train.", concat(train)), batchArrays("test.", concat(test))...)
	return loaded(s.kind.String(), all)
}

// batchArrays names the arrays of a batch.
func batchArrays(prefix string, b cifar.Batch) []Named {
	all := []Named{{Name: prefix + "images", Array: b.Images}, {Name: prefix + "labels", Array: labelArray(b.Labels)}}
	if b.Coarse != nil {
		all = append(all, Named{Name: prefix + "coarse_labels", Array: labelArray(b.Coarse)})
	}
	return all
}

// labelArray makes an array of labels.
func labelArray(l []int32) Array {
	a := Array{DType: dtype.Int32, Shape: []int{len(l)}, Bytes: make([]byte, 0, 4*len(l))}
	for _, x := range l {
		a.Bytes = binary.LittleEndian.AppendUint32(a.Bytes, uint32(x))
	}
	return a
}
