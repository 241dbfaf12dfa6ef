// Package cifar reads the batches of CIFAR-10 and CIFAR-100 as their makers pack them: binary
// records, and Python pickles of numpy arrays. Pixels come out as they lie in the files: channel,
// row, column, uint8.
//
// Source: the sections "Binary version" and "Python / Matlab versions" of Alex Krizhevsky's page on
// the two datasets (Krizhevsky, "Learning multiple layers of features from tiny images", 2009).
package cifar

import (
	"errors"
	"fmt"
	"io"
	"os"

	"noise2sparse/internal/array"
	"noise2sparse/internal/bounded"
	"noise2sparse/internal/dtype"
)

// The geometry of an image: 3 channels of 32 × 32 pixels.
const (
	Channels = 3
	Side     = 32
	Pixels   = Channels * Side * Side
)

// Kind is one of the two datasets.
type Kind int

// CIFAR-10 has a label of 10 classes before each image, CIFAR-100 a coarse label of 20 and a fine one
// of 100.
const (
	CIFAR10 Kind = iota
	CIFAR100
)

func (k Kind) String() string { return [...]string{"CIFAR-10", "CIFAR-100"}[k] }

// classes are the numbers of classes of the labels before each image.
func (k Kind) classes() []int { return [...][]int{{10}, {20, 100}}[k] }

// Batch is the contents of a file.
type Batch struct {
	Images array.Array // uint8, n × 3 × 32 × 32
	Labels []int32     // n of them; of CIFAR-100 the fine ones
	Coarse []int32     // CIFAR-100's superclasses; nil for CIFAR-10
}

// ReadBinary reads a file of binary records.
func ReadBinary(path string, k Kind) (Batch, error) {
	f, err := os.Open(path)
	if err != nil {
		return Batch{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Batch{}, err
	}
	b, err := bounded.Read(f, info.Size(), info.Size())
	if err != nil {
		return Batch{}, fmt.Errorf("%s: %w", path, err)
	}
	return DecodeBinary(path, b, k)
}

// DecodeBinary takes a file's bytes, which become the images'; path is for messages. A record is the
// label or the two labels, one byte each, then the pixels.
func DecodeBinary(path string, all []byte, k Kind) (Batch, error) {
	classes := k.classes()
	record := int64(len(classes) + Pixels)
	if size := int64(len(all)); size == 0 || size%record != 0 {
		return Batch{}, fmt.Errorf("%s: %d bytes are not a whole number of records of %d (%v): truncated, or not its binary version",
			path, size, record, k)
	}
	n := len(all) / int(record)
	b := Batch{
		Images: array.Array{DType: dtype.Uint8, Shape: []int{n, Channels, Side, Side}},
		Labels: make([]int32, n),
	}
	if len(classes) == 2 {
		b.Coarse = make([]int32, n)
	}
	for i := range n {
		at := int64(i) * record
		for j, limit := range classes {
			if l := all[at+int64(j)]; int(l) >= limit {
				return Batch{}, fmt.Errorf("%s: byte %d: label %d of image %d; those of %v go from 0 to %d: corrupt, or another file",
					path, at+int64(j), l, i, k, limit-1)
			}
		}
		b.Labels[i] = int32(all[at+int64(len(classes))-1])
		if b.Coarse != nil {
			b.Coarse[i] = int32(all[at])
		}
		// Pixels move forward over the labels, so one buffer does.
		copy(all[i*Pixels:], all[at+int64(len(classes)):at+record])
	}
	b.Images.Bytes = all[: n*Pixels : n*Pixels]
	return b, nil
}

// ErrNeither is given where a file's size or its labels fit neither dataset.
var ErrNeither = errors.New("not a binary batch of CIFAR-10 or CIFAR-100")

// Guess tells by its size and its labels which dataset a file of binary records is of; nothing in it
// says so. With ErrNeither comes the one whose records fit the size, if one does: reading it as that says
// what is wrong.
func Guess(r io.ReaderAt, size int64) (Kind, error) {
	for _, k := range []Kind{CIFAR10, CIFAR100} {
		if ok, err := fits(r, size, k); ok || err != nil {
			return k, err
		}
	}
	if size%int64(len(CIFAR10.classes())+Pixels) == 0 {
		return CIFAR10, ErrNeither
	}
	return CIFAR100, ErrNeither
}

// fits tells whether a file is a whole number of records whose labels are all in range.
func fits(r io.ReaderAt, size int64, k Kind) (bool, error) {
	classes := k.classes()
	record := int64(len(classes) + Pixels)
	if size == 0 || size%record != 0 {
		return false, nil
	}
	labels := make([]byte, len(classes))
	for at := int64(0); at < size; at += record {
		if _, err := r.ReadAt(labels, at); err != nil {
			return false, err
		}
		for j, limit := range classes {
			if int(labels[j]) >= limit {
				return false, nil
			}
		}
	}
	return true, nil
}
