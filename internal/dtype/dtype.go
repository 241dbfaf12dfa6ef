// Package dtype names the element types that tensors, files and datasets share.
package dtype

import "fmt"

// DType is the type of one element of a tensor or an array.
type DType uint8

// The element types. Float16 and BFloat16 exist in files and on devices only; they are widened
// before any arithmetic.
const (
	Invalid DType = iota
	Float16
	BFloat16
	Float32
	Float64
	Uint8
	Int8
	Int16
	Int32
	Int64
	Uint64
	Bool
)

var info = [...]struct {
	name string
	size int
}{
	Invalid:  {"invalid", 0},
	Float16:  {"float16", 2},
	BFloat16: {"bfloat16", 2},
	Float32:  {"float32", 4},
	Float64:  {"float64", 8},
	Uint8:    {"uint8", 1},
	Int8:     {"int8", 1},
	Int16:    {"int16", 2},
	Int32:    {"int32", 4},
	Int64:    {"int64", 8},
	Uint64:   {"uint64", 8},
	Bool:     {"bool", 1},
}

// Size is the number of bytes of one element; 0 for Invalid and for unknown values.
func (d DType) Size() int {
	if int(d) >= len(info) {
		return 0
	}
	return info[d].size
}

// String is the name used in messages and in JSON: "float32", "int64", ...
func (d DType) String() string {
	if int(d) >= len(info) {
		return fmt.Sprintf("dtype(%d)", uint8(d))
	}
	return info[d].name
}

// IsFloat tells whether d is one of the floating-point types.
func (d DType) IsFloat() bool { return d >= Float16 && d <= Float64 }

// Parse is the inverse of String; the second result is false for an unknown name.
func Parse(name string) (DType, bool) {
	for d, i := range info {
		if i.name == name && DType(d) != Invalid {
			return DType(d), true
		}
	}
	return Invalid, false
}
