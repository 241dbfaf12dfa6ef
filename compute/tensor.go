package compute

import (
	"fmt"

	"noise2sparse/internal/dtype"
)

// DType is the element type of a tensor.
type DType = dtype.DType

// The element types that backends compute with. Float16, BFloat16 and Uint8 tensors can be
// stored, uploaded and gathered from (which widens them); arithmetic is Float32 or Float64.
const (
	Float16  = dtype.Float16
	BFloat16 = dtype.BFloat16
	Float32  = dtype.Float32
	Float64  = dtype.Float64
	Uint8    = dtype.Uint8
	Int32    = dtype.Int32
	Int64    = dtype.Int64
	Uint64   = dtype.Uint64
)

// maxRank is the number of dimensions a tensor can have: (batch, channel, height, width).
const maxRank = 4

// Buffer is memory that belongs to one backend.
type Buffer interface {
	// Bytes is the buffer's size.
	Bytes() int
}

// Tensor is a row-major, contiguous view of a backend's memory. It is a small value: slicing one
// allocates nothing. The zero Tensor means "none" (see Valid).
type Tensor struct {
	buf   Buffer
	off   int // elements from the buffer's start
	dtype DType
	rank  int
	shape [maxRank]int
}

// NewTensor is for backends: a view of the whole of buf.
func NewTensor(buf Buffer, dt DType, shape ...int) Tensor {
	t := Tensor{buf: buf, dtype: dt}
	return t.reshaped(shape)
}

func (t Tensor) reshaped(shape []int) Tensor {
	if len(shape) > maxRank {
		panic(fmt.Sprintf("compute: a tensor of %d dimensions; at most %d are supported", len(shape), maxRank))
	}
	t.rank = len(shape)
	t.shape = [maxRank]int{}
	copy(t.shape[:], shape)
	return t
}

// Valid tells whether t is a tensor at all; optional operands are passed as Tensor{}.
func (t Tensor) Valid() bool { return t.buf != nil }

// Buffer returns the memory that t views, for the backend that owns it.
func (t Tensor) Buffer() Buffer { return t.buf }

// Offset returns where t begins in its buffer, in elements.
func (t Tensor) Offset() int { return t.off }

// DType returns the element type.
func (t Tensor) DType() DType { return t.dtype }

// Rank returns the number of dimensions; 0 for a scalar of one element.
func (t Tensor) Rank() int { return t.rank }

// Dim returns the length of dimension i.
func (t Tensor) Dim(i int) int { return t.shape[i] }

// Shape returns a copy of the shape.
func (t Tensor) Shape() []int { return append([]int{}, t.shape[:t.rank]...) }

// Len returns the number of elements.
func (t Tensor) Len() int {
	n := 1
	for _, d := range t.shape[:t.rank] {
		n *= d
	}
	return n
}

// Bytes returns the size of the elements.
func (t Tensor) Bytes() int { return t.Len() * t.dtype.Size() }

// Rows returns the length of the first dimension; 1 for a scalar.
func (t Tensor) Rows() int {
	if t.rank == 0 {
		return 1
	}
	return t.shape[0]
}

// Cols returns the number of elements of one row: the product of all dimensions but the first.
func (t Tensor) Cols() int {
	n := 1
	for _, d := range t.shape[min(1, t.rank):t.rank] {
		n *= d
	}
	return n
}

// Head returns the first n rows.
func (t Tensor) Head(n int) Tensor { return t.Slice(0, n) }

// Slice returns rows lo to hi (exclusive).
func (t Tensor) Slice(lo, hi int) Tensor {
	if t.rank == 0 || lo < 0 || hi < lo || hi > t.shape[0] {
		panic(fmt.Sprintf("compute: rows %d to %d of a tensor %v", lo, hi, t))
	}
	t.off += lo * t.Cols()
	t.shape[0] = hi - lo
	return t
}

// At returns element i of a vector, as a tensor of shape [1]: a scalar operand.
func (t Tensor) At(i int) Tensor { return t.Slice(i, i+1) }

// Reshape returns the same elements under another shape. It panics where the counts differ.
func (t Tensor) Reshape(shape ...int) Tensor {
	r := t.reshaped(shape)
	if r.Len() != t.Len() {
		panic(fmt.Sprintf("compute: %v cannot take the shape %v", t, r.Shape())) // not the argument: it would escape, and every call allocate
	}
	return r
}

// Flat returns the same elements as a vector.
func (t Tensor) Flat() Tensor {
	n := t.Len()
	t.rank, t.shape = 1, [maxRank]int{n}
	return t
}

// SameShape tells whether t and u have equal shapes.
func (t Tensor) SameShape(u Tensor) bool { return t.rank == u.rank && t.shape == u.shape }

// String describes the tensor, not its contents: "float32[512 1000]".
func (t Tensor) String() string {
	if !t.Valid() {
		return "no tensor"
	}
	return fmt.Sprintf("%v%v", t.dtype, t.shape[:t.rank])
}
