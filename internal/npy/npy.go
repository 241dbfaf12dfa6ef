// Package npy reads numpy's .npy (versions 1 to 3) and .npz files, and writes .npy. Fortran
// order is transposed and big-endian numbers are swapped, so what comes out is always row-major
// and little endian. Arrays of Python objects, which would be pickles, are refused.
//
// Source: numpy/lib/format.py.
package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"noise2sparse/internal/array"
	"noise2sparse/internal/bounded"
	"noise2sparse/internal/dtype"
)

// Magic opens every .npy file.
const Magic = "\x93NUMPY"

// maxHeader is the longest header that is read; numpy's own limit is 10,000 bytes.
const maxHeader = 1 << 20

// Read reads a .npy file.
func Read(path string) (array.Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return array.Array{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return array.Array{}, err
	}
	return Decode(path, f, info.Size())
}

// Decode reads a .npy file of size bytes from r; path is for messages.
func Decode(path string, r io.Reader, size int64) (array.Array, error) {
	a, err := decode(r, size, size)
	if err != nil {
		return array.Array{}, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// decode reads an array that is said to take size bytes, of which available exist for sure.
func decode(r io.Reader, size, available int64) (array.Array, error) {
	h, at, err := readHeader(r)
	if err != nil {
		return array.Array{}, err
	}
	n, err := array.Size(h.dtype, h.shape)
	if err != nil {
		return array.Array{}, fmt.Errorf("byte %d: %w", at, err)
	}
	if int64(n) != size-at {
		what := "is truncated"
		if size-at > int64(n) {
			what = "has bytes left over"
		}
		return array.Array{}, fmt.Errorf("byte %d: %v %s takes %d bytes and %d are there: it %s",
			at, h.dtype, array.ShapeString(h.shape), n, size-at, what)
	}
	b, err := bounded.Read(r, int64(n), available)
	if err != nil {
		return array.Array{}, fmt.Errorf("byte %d: %w", at, err)
	}
	return Arrange(b, h.dtype, h.shape, h.big, h.fortran), nil
}

// Arrange makes an array of elements as numpy has them in memory, which must be as many as the shape
// says: big endian or not, column-major (fortran) or not. It works in place where it can.
func Arrange(b []byte, d dtype.DType, shape []int, big, fortran bool) array.Array {
	if big {
		swap(b, d.Size())
	}
	if fortran {
		b = rowMajor(b, shape, d.Size())
	}
	return array.Array{DType: d, Shape: shape, Bytes: b}
}

// readHeader returns the header and the offset of the first element.
func readHeader(r io.Reader) (header, int64, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:]); err != nil || string(b[:6]) != Magic {
		return header{}, 0, errors.New("byte 0: not a .npy file: its first bytes are not \\x93NUMPY and a version")
	}
	lengthBytes := 4
	switch b[6] {
	case 1:
		lengthBytes = 2
	case 2, 3:
	default:
		return header{}, 0, fmt.Errorf("byte 6: version %d.%d; 1 to 3 are read", b[6], b[7])
	}
	var length [4]byte
	if _, err := io.ReadFull(r, length[:lengthBytes]); err != nil {
		return header{}, 0, errors.New("byte 8: truncated in the header's length")
	}
	n := binary.LittleEndian.Uint32(length[:])
	if n > maxHeader {
		return header{}, 0, fmt.Errorf("byte 8: a header of %d bytes; at most %d are read", n, maxHeader)
	}
	start := int64(len(b) + lengthBytes)
	text, err := bounded.Read(r, int64(n), 0)
	if err != nil {
		return header{}, 0, fmt.Errorf("byte %d: header: %w", start, err)
	}
	h, err := parseHeader(string(text))
	if err != nil {
		return header{}, 0, fmt.Errorf("byte %d: %w", start, err)
	}
	return h, start + int64(n), nil
}

// swap reverses the bytes of every element.
func swap(b []byte, size int) {
	for ; len(b) >= size; b = b[size:] {
		for i, j := 0, size-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
	}
}

// rowMajor returns the elements of a column-major array in row-major order.
func rowMajor(b []byte, shape []int, size int) []byte {
	if len(shape) < 2 || len(b) == 0 {
		return b
	}
	strides, n := make([]int, len(shape)), 1
	for i, s := range shape {
		strides[i] = n
		n *= s
	}
	out, index, at := make([]byte, 0, len(b)), make([]int, len(shape)), 0
	for len(out) < len(b) {
		out = append(out, b[at*size:(at+1)*size]...)
		for i := len(index) - 1; i >= 0; i-- { // the odometer's next position
			index[i]++
			at += strides[i]
			if index[i] < shape[i] {
				break
			}
			at -= index[i] * strides[i]
			index[i] = 0
		}
	}
	return out
}

// Write writes a as a .npy file of version 1. numpy has no bfloat16: widen such arrays first.
func Write(w io.Writer, a array.Array) error {
	if err := a.Check(); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	code := ""
	for c, d := range kinds {
		if d == a.DType {
			code = c
		}
	}
	if code == "" {
		return fmt.Errorf("npy: numpy has no %v; widen it to float32 first", a.DType)
	}
	order := "<"
	if a.DType.Size() == 1 {
		order = "|"
	}
	dims := strings.Builder{}
	for i, n := range a.Shape {
		if i > 0 {
			dims.WriteByte(' ')
		}
		fmt.Fprintf(&dims, "%d,", n)
	}
	shape := dims.String()
	if len(a.Shape) > 1 {
		shape = strings.TrimSuffix(shape, ",") // (3,) but (3, 4), as numpy does
	}
	text := fmt.Sprintf("{'descr': '%s%s', 'fortran_order': False, 'shape': (%s), }", order, code, shape)
	// The elements start at a multiple of 64, after a newline.
	pad := 63 - (len(Magic)+4+len(text))%64
	text += strings.Repeat(" ", pad) + "\n"
	if len(text) > 0xffff {
		return fmt.Errorf("npy: %d dimensions are too many", len(a.Shape))
	}
	head := append([]byte(Magic), 1, 0, byte(len(text)), byte(len(text)>>8))
	if _, err := w.Write(append(head, text...)); err != nil {
		return err
	}
	_, err := w.Write(a.Bytes)
	return err
}
