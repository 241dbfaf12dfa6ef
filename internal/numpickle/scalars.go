package numpickle

import (
	"errors"
	"fmt"

	"noise2sparse/internal/array"
	"noise2sparse/internal/pickle"
)

// dtypeOf is an element type: dtype("u1", False, True), whose byte order comes with its state.
type dtypeOf struct{ code, order string }

func newType(a pickle.Tuple) (any, error) {
	if len(a) == 0 {
		return nil, errors.New("an element type without a name")
	}
	b, err := toBytes(a[0])
	if err != nil {
		return nil, err
	}
	t := &dtypeOf{code: string(b)}
	if len(t.code) > 0 && (t.code[0] == '<' || t.code[0] == '>' || t.code[0] == '|') {
		t.order, t.code = t.code[:1], t.code[1:]
	}
	return t, nil
}

// SetState takes (version, byte order, ...), as dtype.__setstate__ does.
func (t *dtypeOf) SetState(state any) error {
	s, ok := state.(pickle.Tuple)
	if !ok || len(s) < 2 {
		return errors.New("the state of an element type is not a tuple")
	}
	b, err := toBytes(s[1])
	if err != nil || len(b) != 1 {
		return errors.New("the byte order of an element type is not one character")
	}
	t.order = string(b)
	return nil
}

// scalar is a number of numpy's, (dtype, bytes): an int64 or a float64 from here on.
func scalar(a pickle.Tuple) (any, error) {
	if len(a) != 2 {
		return nil, fmt.Errorf("%d arguments instead of 2", len(a))
	}
	budget := int64(8)
	x, err := build(a[1], a[0], pickle.Tuple{}, false, &budget)
	if err != nil {
		return nil, err
	}
	if x.DType.IsFloat() {
		return x.Float64(0), nil
	}
	v, err := array.Array{DType: x.DType, Shape: []int{1}, Bytes: x.Bytes}.Int64s()
	if err != nil {
		return nil, err
	}
	return v[0], nil
}

// encode is how Python 3 writes bytes in protocol 2: as text whose characters are the bytes.
func encode(a pickle.Tuple) (any, error) {
	if len(a) == 2 && (a[1] == "latin1" || a[1] == "latin-1") {
		if s, ok := a[0].(string); ok {
			b := make([]byte, 0, len(s))
			for _, r := range s {
				if r > 255 {
					return nil, errors.New("a character beyond latin1")
				}
				b = append(b, byte(r))
			}
			return b, nil
		}
	}
	return nil, errors.New(`its arguments are not a string and "latin1"`)
}

// newBytes makes bytes of nothing, of bytes, or of (text, "latin-1").
func newBytes(a pickle.Tuple) (any, error) {
	switch len(a) {
	case 0:
		return []byte{}, nil
	case 1:
		return toBytes(a[0])
	}
	return encode(a)
}
