package array

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"noise2sparse/internal/dtype"
)

// Dense copies the array into a gorgonia.org/tensor Dense of the same element type and shape.
// float16 and bfloat16, which that library does not know, are an error: widen them by Float32s.
func (a Array) Dense() (*tensor.Dense, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	n := a.Len()
	var backing any
	switch a.DType {
	case dtype.Float32:
		backing = a.Float32s()
	case dtype.Float64:
		backing = fill(n, func(i int) float64 { return math.Float64frombits(le.Uint64(a.Bytes[8*i:])) })
	case dtype.Uint8:
		backing = append([]uint8{}, a.Bytes...)
	case dtype.Int8:
		backing = fill(n, func(i int) int8 { return int8(a.Bytes[i]) })
	case dtype.Int16:
		backing = fill(n, func(i int) int16 { return int16(le.Uint16(a.Bytes[2*i:])) })
	case dtype.Int32:
		backing = fill(n, func(i int) int32 { return int32(le.Uint32(a.Bytes[4*i:])) })
	case dtype.Int64:
		backing = fill(n, func(i int) int64 { return int64(le.Uint64(a.Bytes[8*i:])) })
	case dtype.Uint64:
		backing = fill(n, func(i int) uint64 { return le.Uint64(a.Bytes[8*i:]) })
	case dtype.Bool:
		backing = fill(n, func(i int) bool { return a.Bytes[i] != 0 })
	default:
		return nil, fmt.Errorf("gorgonia.org/tensor has no %v; widen it to float32 first", a.DType)
	}
	if n == 0 {
		return nil, fmt.Errorf("gorgonia.org/tensor cannot hold an empty array (%v)", a)
	}
	if len(a.Shape) == 0 {
		return tensor.New(tensor.WithShape(1), tensor.WithBacking(backing)), nil
	}
	return tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(backing)), nil
}

// FromDense copies a Dense (contiguous or a view) into an array.
func FromDense(d *tensor.Dense) (Array, error) {
	if d.RequiresIterator() || d.DataOrder().IsColMajor() {
		d = d.Materialize().(*tensor.Dense)
		if d.DataOrder().IsColMajor() {
			return Array{}, fmt.Errorf("column-major tensor of shape %v: transpose it first", d.Shape())
		}
	}
	var b []byte
	var t dtype.DType
	switch v := d.Data().(type) {
	case []float32:
		return FromFloat32s(v, d.Shape()...)
	case []int64:
		return FromInt64s(v, d.Shape()...)
	case []float64:
		t = dtype.Float64
		for _, x := range v {
			b = le.AppendUint64(b, math.Float64bits(x))
		}
	case []int32:
		t = dtype.Int32
		for _, x := range v {
			b = le.AppendUint32(b, uint32(x))
		}
	case []uint8:
		t, b = dtype.Uint8, append(b, v...)
	default:
		return Array{}, fmt.Errorf("tensors of %v are not converted; use float32, float64, int32, int64 or uint8", d.Dtype())
	}
	a := Array{t, append([]int(nil), d.Shape()...), b}
	return a, a.Check()
}

func fill[T any](n int, at func(int) T) []T {
	v := make([]T, n)
	for i := range v {
		v[i] = at(i)
	}
	return v
}
