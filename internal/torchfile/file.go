// Package torchfile reads what PyTorch's torch.save writes: the zip format (since 1.6) and the
// legacy one, with tensors in tuples, lists and dicts, at any depth, and writes the zip format.
// Nothing in a file runs. Open refuses unknown classes by name; OpenLenient keeps their objects as
// opaque values, so that the tensors beside them can be had (see package pickle). The elements of a tensor are read
// when asked for, so that no more than the file's size (twice, for views) is ever held.
//
// Source: torch/serialization.py and torch/_utils.py of PyTorch 2.
package torchfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"noise2sparse/internal/array"
	"noise2sparse/internal/pickle"
)

// slack is what an expanded view (one with strides of 0) may need beyond the file's size.
const slack = 16 << 20

// maxUnknown is the largest number of unknown classes that OpenLenient lists.
const maxUnknown = 1000

// File is an opened file. It is not safe for concurrent use.
type File struct {
	Path    string
	Format  string // "PyTorch zip" or "PyTorch legacy"
	Tensors []*Tensor
	Root    any // what was saved: pickle's values, with *Tensor in the place of tensors
	// Unknown are the classes and functions, in the order of their first use, whose objects are
	// *pickle.Opaque in Root. Tensors inside these are not in Tensors. Empty but for OpenLenient.
	Unknown []string

	lenient bool

	size   int64
	read   func(s *storage) ([]byte, error)
	closer io.Closer
	// The storage read last: parameters are often views of one.
	lastKey   string
	lastBytes []byte
}

// Open reads the description of all tensors. Close the file when done.
func Open(path string) (*File, error) { return open(path, false) }

// OpenLenient is Open for checkpoints that hold objects of the program that wrote them: settings,
// optimizers, callbacks. What is of an unknown class is kept as it was written, as a
// *pickle.Opaque, and its class named in Unknown. No code runs here either; there is only more
// that may stand in the file.
func OpenLenient(path string) (*File, error) { return open(path, true) }

func open(path string, lenient bool) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	t, err := newFile(path, f, info.Size(), lenient)
	if err != nil {
		f.Close()
		return nil, err
	}
	t.closer = f
	return t, nil
}

// New reads from r, of size bytes; path is for messages.
func New(path string, r io.ReaderAt, size int64) (*File, error) {
	return newFile(path, r, size, false)
}

func newFile(path string, r io.ReaderAt, size int64, lenient bool) (*File, error) {
	f := &File{Path: path, size: size, lenient: lenient}
	start := make([]byte, 4)
	if n, err := r.ReadAt(start, 0); n < 4 {
		if err == nil || errors.Is(err, io.EOF) {
			err = fmt.Errorf("%d bytes are too few for a PyTorch file", n)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	open := f.openLegacy
	if bytes.Equal(start, []byte("PK\x03\x04")) {
		open = f.openZip
	}
	if err := open(r, size); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := f.collect(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Close closes the file. Arrays that were loaded stay valid.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Load reads the elements of a tensor of this file, in row-major order. Tensors that share a
// storage may share bytes.
func (f *File) Load(t *Tensor) (array.Array, error) {
	fail := func(err error) (array.Array, error) {
		return array.Array{}, fmt.Errorf("%s: tensor %q: %w", f.Path, t.Name, err)
	}
	n, err := array.Size(t.DType, t.Shape)
	if err != nil {
		return fail(err)
	}
	// Where the storage is as large, reading it finds the lie.
	if int64(n) > f.size+slack && t.storage.bytes() < int64(n) {
		return fail(fmt.Errorf("an expanded view of %d bytes in a file of %d; save a copy of it (tensor.clone())", n, f.size))
	}
	if f.lastBytes == nil || f.lastKey != t.storage.key || int64(len(f.lastBytes)) != t.storage.bytes() {
		f.lastBytes = nil // let the old one go before the new one comes
		b, err := f.read(t.storage)
		if err != nil {
			return fail(err)
		}
		f.lastKey, f.lastBytes = t.storage.key, b
	}
	a, err := t.materialise(f.lastBytes)
	if err != nil {
		return fail(err)
	}
	return a, nil
}

// findAny is findClass that keeps unknown classes by their names.
func (f *File) findAny(module, name string) (any, error) {
	if v, err := findClass(module, name); err == nil {
		return v, nil
	}
	full := module + "." + name
	if !slices.Contains(f.Unknown, full) {
		if len(f.Unknown) == maxUnknown {
			return nil, fmt.Errorf("more than %d unknown classes", maxUnknown)
		}
		f.Unknown = append(f.Unknown, full)
	}
	return pickle.Class(full), nil
}

// decoder is a pickle decoder that knows the classes of torch.save.
func (f *File) decoder(r io.Reader, size int64) *pickle.Decoder {
	d := pickle.NewDecoder(r, size)
	d.FindClass = findClass
	if f.lenient {
		d.FindClass = f.findAny
	}
	d.PersistentLoad = persistent
	return d
}
