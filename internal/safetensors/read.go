// Package safetensors reads and writes the safetensors format: 8 bytes with the header's length
// (little endian), the header in JSON, then the tensors' bytes, row-major and little endian.
//
// Source: the format's description in the README of huggingface/safetensors. Everything it
// forbids is refused: overlaps, gaps, wrong sizes, duplicate names.
package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"noise2sparse/internal/array"
	"noise2sparse/internal/bounded"
	"noise2sparse/internal/nearest"
)

// prefix is the length of the header's length.
const prefix = 8

// File is a file's contents. The tensors share one buffer.
type File struct {
	Path     string
	Tensors  []array.Named // in the payload's order
	Metadata map[string]string

	index map[string]int
}

// Read reads a whole file.
func Read(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return Decode(path, f, info.Size())
}

// Decode reads a whole file of size bytes from r; path is for messages. It holds the payload
// once; errors begin with the path.
func Decode(path string, r io.Reader, size int64) (*File, error) {
	fail := func(format string, args ...any) (*File, error) {
		return nil, fmt.Errorf("%s: %w", path, fmt.Errorf(format, args...))
	}
	var length [prefix]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fail("%d bytes are too few for a safetensors file", size)
		}
		return fail("%w", err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > MaxHeader || int64(n) > size-prefix {
		return fail("byte 0: a header of %d bytes is declared in a file of %d: truncated, corrupt, or not safetensors", n, size)
	}
	header, err := bounded.Read(r, int64(n), size)
	if err != nil {
		return fail("byte %d: header: %w", prefix, err)
	}
	payload := size - prefix - int64(n)
	entries, metadata, err := parseHeader(header, payload)
	if err != nil {
		return fail("%w", err)
	}
	b, err := bounded.Read(r, payload, size)
	if err != nil {
		return fail("byte %d: payload: %w", prefix+n, err)
	}
	f := &File{Path: path, Metadata: metadata, index: map[string]int{}}
	for i, e := range entries {
		f.index[e.name] = i
		view := b[e.Offsets[0]:e.Offsets[1]:e.Offsets[1]]
		f.Tensors = append(f.Tensors, array.Named{Name: e.name, Array: array.Array{DType: e.dtype, Shape: e.Shape, Bytes: view}})
	}
	return f, nil
}

// Has tells whether the file has a tensor of that name.
func (f *File) Has(name string) bool {
	_, ok := f.index[name]
	return ok
}

// Get returns the tensor of that name, or an error that names the nearest ones.
func (f *File) Get(name string) (array.Array, error) {
	i, ok := f.index[name]
	if !ok {
		return array.Array{}, fmt.Errorf("%s: no tensor %q%s", f.Path, name, nearest.Hint(name, f.Names()))
	}
	return f.Tensors[i].Array, nil
}

// Names returns the tensors' names in the payload's order.
func (f *File) Names() []string {
	names := make([]string, len(f.Tensors))
	for i, t := range f.Tensors {
		names[i] = t.Name
	}
	return names
}
