package numpickle

import (
	"errors"
	"fmt"
	"strings"

	"noise2sparse/internal/array"
	"noise2sparse/internal/npy"
	"noise2sparse/internal/pickle"
)

// allowed ends every refusal of a class.
const allowed = "only numpy arrays, dicts, lists, tuples, numbers, strings and bytes are read, never code; " +
	"in Python, save arrays alone, such as with numpy.savez(path, x=x, y=y)"

// opaque is a class that is only named.
type opaque string

// find knows the classes and functions that numpy's arrays are pickled with. All arrays together may
// take budget bytes.
func find(module, name string, budget *int64) (any, error) {
	// numpy 2 renamed numpy.core to numpy._core.
	full := strings.Replace(module, "numpy._core", "numpy.core", 1) + "." + name
	var f func(pickle.Tuple) (any, error)
	switch full {
	case "numpy.ndarray":
		return opaque(full), nil
	case "numpy.dtype":
		f = newType
	case "numpy.core.multiarray._reconstruct":
		f = func(pickle.Tuple) (any, error) { return &ndarray{budget: budget}, nil }
	case "numpy.core.multiarray.scalar":
		f = scalar
	case "numpy.core.numeric._frombuffer":
		f = func(a pickle.Tuple) (any, error) { return fromBuffer(a, budget) }
	case "_codecs.encode":
		f = encode
	case "builtins.bytes", "__builtin__.bytes", "builtins.bytearray", "__builtin__.bytearray":
		f = newBytes
	case "collections.OrderedDict", "builtins.dict", "__builtin__.dict":
		f = func(a pickle.Tuple) (any, error) {
			if len(a) > 0 {
				return nil, errors.New("it has arguments")
			}
			return &pickle.Dict{}, nil
		}
	default:
		return nil, fmt.Errorf("class %s.%s is not allowed: %s", module, name, allowed)
	}
	return &pickle.Callable{Name: full, Call: f}, nil
}

// ndarray is an array whose state comes after it.
type ndarray struct {
	array  array.Array
	whole  bool
	budget *int64
}

// SetState takes (version, shape, dtype, fortran order, elements), as ndarray.__setstate__ does.
func (n *ndarray) SetState(state any) error {
	s, ok := state.(pickle.Tuple)
	if !ok || len(s) != 5 {
		return errors.New("the state of an array is not a tuple of 5")
	}
	fortran, ok := s[3].(bool)
	if i, isInt := s[3].(int64); isInt { // as Python 2 wrote it
		fortran, ok = i != 0, true
	}
	if !ok {
		return fmt.Errorf("the order of an array is a %s", pickle.Kind(s[3]))
	}
	var err error
	n.array, err = build(s[4], s[2], s[1], fortran, n.budget)
	n.whole = err == nil
	return err
}

// fromBuffer takes (elements, dtype, shape, order "C" or "F"): protocol 5.
func fromBuffer(a pickle.Tuple, budget *int64) (any, error) {
	if len(a) != 4 {
		return nil, fmt.Errorf("%d arguments instead of 4", len(a))
	}
	if a[3] != "C" && a[3] != "F" {
		return nil, errors.New("the order is neither C nor F")
	}
	x, err := build(a[0], a[1], a[2], a[3] == "F", budget)
	return &ndarray{array: x, whole: true}, err
}

func build(elements, typ, shape any, fortran bool, budget *int64) (array.Array, error) {
	fail := func(err error) (array.Array, error) { return array.Array{}, err }
	t, ok := typ.(*dtypeOf)
	if !ok {
		return fail(fmt.Errorf("a %s where an element type belongs", pickle.Kind(typ)))
	}
	d, big, err := npy.ParseType(t.order + t.code)
	if err != nil {
		return fail(err)
	}
	dims, err := sizes(shape)
	if err != nil {
		return fail(err)
	}
	b, err := toBytes(elements)
	if err != nil {
		return fail(err)
	}
	n, err := array.Size(d, dims)
	if err != nil {
		return fail(err)
	}
	if n != len(b) {
		return fail(fmt.Errorf("%v %s takes %d bytes, and its elements are %d", d, array.ShapeString(dims), n, len(b)))
	}
	if *budget -= int64(n); *budget < 0 {
		return fail(errors.New("its arrays take more bytes than the file has: it repeats its contents"))
	}
	if big { // another array may have the same bytes
		b = append([]byte(nil), b...)
	}
	return npy.Arrange(b, d, dims, big, fortran), nil
}

// toBytes takes bytes, or a string of Python 2.
func toBytes(v any) ([]byte, error) {
	switch x := v.(type) {
	case []byte:
		return x, nil
	case string:
		return []byte(x), nil
	}
	return nil, fmt.Errorf("a %s where an array's elements belong; arrays of Python objects are not read", pickle.Kind(v))
}

func sizes(v any) ([]int, error) {
	t, ok := v.(pickle.Tuple)
	if !ok || len(t) > 32 {
		return nil, errors.New("the shape of an array is not a tuple of at most 32 sizes")
	}
	out := make([]int, len(t))
	for i, e := range t {
		n, ok := e.(int64)
		if !ok || n < 0 {
			return nil, fmt.Errorf("size %v in the shape of an array", e)
		}
		out[i] = int(n)
	}
	return out, nil
}
