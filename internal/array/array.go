// Package array holds the host-side arrays in which datasets, checkpoints and file formats
// travel: an element type, a shape and the raw bytes, in the element type of the file.
package array

import (
	"fmt"
	"math"
	"strings"

	"noise2sparse/internal/dtype"
)

// Array is a dense array, row-major, little endian. Its bytes may be shared with other arrays
// (views of one file); treat them as read-only unless you made them.
type Array struct {
	DType dtype.DType
	Shape []int // no dimension: a scalar of one element
	Bytes []byte
}

// Named is an array with the name it has in its file.
type Named struct {
	Name  string
	Array Array
}

// New returns an array of zeros. It fails where the shape is negative or its size overflows.
func New(d dtype.DType, shape ...int) (Array, error) {
	n, err := Size(d, shape)
	if err != nil {
		return Array{}, err
	}
	return Array{d, append([]int(nil), shape...), make([]byte, n)}, nil
}

// Size is the number of bytes of an array of that type and shape. It fails for unknown types,
// negative dimensions and sizes beyond the address space.
func Size(d dtype.DType, shape []int) (int, error) {
	if d.Size() == 0 {
		return 0, fmt.Errorf("element type %v has no size", d)
	}
	// The product over the non-zero dimensions must not overflow either: a shape such as
	// (2^40, 2^40, 0) has no bytes, but its strides and row lengths would wrap around.
	n, empty := d.Size(), false
	for _, s := range shape {
		switch {
		case s < 0:
			return 0, fmt.Errorf("shape %s has a negative dimension", ShapeString(shape))
		case s == 0:
			empty = true
		case n > math.MaxInt/s:
			return 0, fmt.Errorf("shape %s of %v does not fit the address space", ShapeString(shape), d)
		default:
			n *= s
		}
	}
	if empty {
		return 0, nil
	}
	return n, nil
}

// Check fails where type, shape and number of bytes do not belong together.
func (a Array) Check() error {
	n, err := Size(a.DType, a.Shape)
	if err != nil {
		return err
	}
	if n != len(a.Bytes) {
		return fmt.Errorf("%v needs %d bytes and has %d", a, n, len(a.Bytes))
	}
	return nil
}

// Len is the number of elements.
func (a Array) Len() int {
	n := 1
	for _, s := range a.Shape {
		n *= s
	}
	return n
}

// Rows is the length of the first dimension; 1 for a scalar.
func (a Array) Rows() int {
	if len(a.Shape) == 0 {
		return 1
	}
	return a.Shape[0]
}

// RowLen is the number of elements of a row: the product of all dimensions but the first.
func (a Array) RowLen() int {
	n := 1
	for i, s := range a.Shape {
		if i > 0 {
			n *= s
		}
	}
	return n
}

// RowBytes is the number of bytes of a row.
func (a Array) RowBytes() int { return a.RowLen() * a.DType.Size() }

// Row is the bytes of row i, not copied.
func (a Array) Row(i int) []byte {
	n := a.RowBytes()
	return a.Bytes[i*n : (i+1)*n : (i+1)*n]
}

// Slice is the rows [lo, hi), not copied.
func (a Array) Slice(lo, hi int) Array {
	n := a.RowBytes()
	shape := append([]int{hi - lo}, a.Shape[1:]...)
	return Array{a.DType, shape, a.Bytes[lo*n : hi*n : hi*n]}
}

// Reshape is the same bytes under another shape of as many elements.
func (a Array) Reshape(shape ...int) (Array, error) {
	b := Array{a.DType, append([]int(nil), shape...), a.Bytes}
	if err := b.Check(); err != nil {
		return a, fmt.Errorf("cannot reshape %s to %s: %w", ShapeString(a.Shape), ShapeString(shape), err)
	}
	return b, nil
}

// String is the type and the shape, such as "float16 50000×256".
func (a Array) String() string { return a.DType.String() + " " + ShapeString(a.Shape) }

// ShapeString writes a shape as people do: "50000×256", "7", and "scalar" for no dimension.
func ShapeString(shape []int) string {
	if len(shape) == 0 {
		return "scalar"
	}
	s := make([]string, len(shape))
	for i, n := range shape {
		s[i] = fmt.Sprint(n)
	}
	return strings.Join(s, "×")
}
