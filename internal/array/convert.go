package array

import (
	"encoding/binary"
	"fmt"
	"math"

	"noise2sparse/internal/dtype"
)

var le = binary.LittleEndian

// FromFloat32s makes a float32 array of v, which must have as many values as the shape says.
func FromFloat32s(v []float32, shape ...int) (Array, error) {
	b := make([]byte, 4*len(v))
	for i, x := range v {
		le.PutUint32(b[4*i:], math.Float32bits(x))
	}
	a := Array{dtype.Float32, append([]int(nil), shape...), b}
	return a, a.Check()
}

// FromInt64s makes an int64 array of v, which must have as many values as the shape says.
func FromInt64s(v []int64, shape ...int) (Array, error) {
	b := make([]byte, 8*len(v))
	for i, x := range v {
		le.PutUint64(b[8*i:], uint64(x))
	}
	a := Array{dtype.Int64, append([]int(nil), shape...), b}
	return a, a.Check()
}

// Float32s returns all elements as float32, in a new slice. float16, bfloat16 and integers of at
// most 16 bits are exact; others round to nearest even. Bool becomes 0 or 1.
func (a Array) Float32s() []float32 {
	out := make([]float32, a.Len())
	a.WidenTo(out, 0)
	return out
}

// WidenTo writes the elements first, first+1, ... as float32 into dst, len(dst) of them.
func (a Array) WidenTo(dst []float32, first int) {
	size := a.DType.Size()
	b := a.Bytes[first*size : (first+len(dst))*size]
	switch a.DType {
	case dtype.Float16:
		for i := range dst {
			dst[i] = Float16(le.Uint16(b[2*i:]))
		}
	case dtype.BFloat16:
		for i := range dst {
			dst[i] = BFloat16(le.Uint16(b[2*i:]))
		}
	case dtype.Float32:
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(b[4*i:]))
		}
	case dtype.Float64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(le.Uint64(b[8*i:])))
		}
	case dtype.Uint8:
		for i := range dst {
			dst[i] = float32(b[i])
		}
	case dtype.Uint64:
		for i := range dst {
			dst[i] = float32(le.Uint64(b[8*i:]))
		}
	default:
		for i := range dst {
			dst[i] = float32(a.integer(b, i))
		}
	}
}

// Float64 returns element i as float64: exact, save for integers beyond 2^53, which round.
func (a Array) Float64(i int) float64 {
	switch a.DType {
	case dtype.Float16:
		return float64(Float16(le.Uint16(a.Bytes[2*i:])))
	case dtype.BFloat16:
		return float64(BFloat16(le.Uint16(a.Bytes[2*i:])))
	case dtype.Float32:
		return float64(math.Float32frombits(le.Uint32(a.Bytes[4*i:])))
	case dtype.Float64:
		return math.Float64frombits(le.Uint64(a.Bytes[8*i:]))
	case dtype.Uint64:
		return float64(le.Uint64(a.Bytes[8*i:]))
	}
	return float64(a.integer(a.Bytes, i))
}

// Int64s returns all elements as int64, in a new slice. It fails for floating-point types, and
// for uint64 values beyond the range of int64, naming the element.
func (a Array) Int64s() ([]int64, error) {
	if a.DType.IsFloat() || a.DType == dtype.Invalid {
		return nil, fmt.Errorf("%v elements are not integers", a.DType)
	}
	out := make([]int64, a.Len())
	for i := range out {
		if a.DType == dtype.Uint64 {
			u := le.Uint64(a.Bytes[8*i:])
			if u > math.MaxInt64 {
				return nil, fmt.Errorf("element %d is %d, beyond the range of int64", i, u)
			}
			out[i] = int64(u)
			continue
		}
		out[i] = a.integer(a.Bytes, i)
	}
	return out, nil
}

// integer reads element i of b, of one of the integer types that fit int64, or of bool.
func (a Array) integer(b []byte, i int) int64 {
	switch a.DType {
	case dtype.Uint8:
		return int64(b[i])
	case dtype.Int8:
		return int64(int8(b[i]))
	case dtype.Int16:
		return int64(int16(le.Uint16(b[2*i:])))
	case dtype.Int32:
		return int64(int32(le.Uint32(b[4*i:])))
	case dtype.Int64:
		return int64(le.Uint64(b[8*i:]))
	case dtype.Bool:
		if b[i] != 0 {
			return 1
		}
	}
	return 0
}
