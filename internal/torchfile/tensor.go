package torchfile

import (
	"errors"
	"fmt"
	"math"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/pickle"
)

// maxDims is the largest number of dimensions of a tensor; PyTorch has 64.
const maxDims = 64

// storage is the memory that tensors are views of, as a pickle refers to it.
type storage struct {
	key   string
	dtype dtype.DType // Invalid for untyped ones, whose length is in bytes
	n     int         // elements
}

// bytes is the storage's size; it was checked not to overflow.
func (s *storage) bytes() int64 { return int64(s.n) * int64(max(1, s.dtype.Size())) }

// Tensor describes a tensor of a file. Its elements are read by File.Load.
type Tensor struct {
	Name    string // dict keys and positions on the way to it, joined by dots; "" for a lone tensor
	DType   dtype.DType
	Shape   []int
	strides []int // in elements
	offset  int   // in elements
	storage *storage
}

// SetState accepts the attributes of a tensor object, which are of no use here.
func (t *Tensor) SetState(any) error { return nil }

// persistent makes a storage of ("storage", class, key, location, length[, view]).
func persistent(id any) (any, error) {
	t, ok := id.(pickle.Tuple)
	if !ok || len(t) < 5 || t[0] != "storage" {
		if ok && len(t) > 0 && t[0] == "module" {
			return nil, errors.New("a whole module with its source code is not read; " + allowed)
		}
		return nil, errors.New("refers to something that is not a storage")
	}
	if len(t) > 5 && t[5] != nil {
		return nil, errors.New("a view of a storage, as PyTorch before 0.4 wrote it; load and save it with a newer one")
	}
	key, ok := t[2].(string)
	if !ok {
		return nil, errors.New("a storage whose key is not a string")
	}
	n, err := integer(t[4])
	if err != nil {
		return nil, fmt.Errorf("length of storage %q: %w", key, err)
	}
	s := &storage{key: key, n: n}
	switch c := t[1].(type) {
	case dtype.DType:
		s.dtype = c
	case untyped:
	default:
		return nil, fmt.Errorf("storage %q is of a class that is not a storage", key)
	}
	if n < 0 || n > math.MaxInt/8 {
		return nil, fmt.Errorf("storage %q has %d elements", key, n)
	}
	return s, nil
}

// rebuildTensor takes (storage, offset, size, stride, requires_grad, hooks, ...).
func rebuildTensor(a pickle.Tuple) (any, error) {
	if len(a) < 4 {
		return nil, fmt.Errorf("%d arguments", len(a))
	}
	s, ok := a[0].(*storage)
	if !ok {
		return nil, fmt.Errorf("its first argument is a %s, not a storage", pickle.Kind(a[0]))
	}
	if s.dtype == dtype.Invalid {
		return nil, errors.New("an untyped storage without an element type")
	}
	return newTensor(s, s.dtype, s.n, a)
}

// rebuildTensorV3 takes (untyped storage, offset, size, stride, requires_grad, hooks, dtype, ...).
func rebuildTensorV3(a pickle.Tuple) (any, error) {
	if len(a) < 7 {
		return nil, fmt.Errorf("%d arguments", len(a))
	}
	s, ok := a[0].(*storage)
	d, ok2 := a[6].(dtype.DType)
	if !ok || !ok2 {
		return nil, errors.New("its arguments are not a storage and an element type")
	}
	return newTensor(s, d, int(s.bytes()/int64(d.Size())), a)
}

func newTensor(s *storage, d dtype.DType, n int, a pickle.Tuple) (*Tensor, error) {
	offset, err := integer(a[1])
	if err != nil {
		return nil, err
	}
	shape, err := ints(a[2])
	if err != nil {
		return nil, err
	}
	strides, err := ints(a[3])
	if err != nil {
		return nil, err
	}
	t := &Tensor{DType: d, Shape: shape, strides: strides, offset: offset, storage: s}
	return t, t.check(n)
}

// check refuses a view that reaches outside its storage of n elements.
func (t *Tensor) check(n int) error {
	if len(t.Shape) != len(t.strides) {
		return fmt.Errorf("%d sizes and %d strides", len(t.Shape), len(t.strides))
	}
	if _, err := array.Size(t.DType, t.Shape); err != nil {
		return err
	}
	outside := func() error {
		return fmt.Errorf("a tensor of shape %s, strides %v and offset %d reaches outside its storage of %d elements",
			array.ShapeString(t.Shape), t.strides, t.offset, n)
	}
	if t.offset < 0 || t.offset > n {
		return outside()
	}
	last, empty := t.offset, false
	for i, size := range t.Shape {
		if t.strides[i] < 0 {
			return fmt.Errorf("negative stride %d", t.strides[i])
		}
		if size == 0 {
			empty = true
		}
		if size > 1 && t.strides[i] > 0 {
			if t.strides[i] > (math.MaxInt-last)/(size-1) {
				return outside()
			}
			last += (size - 1) * t.strides[i]
		}
	}
	if !empty && last >= n {
		return outside()
	}
	return nil
}

// rebuildParameter takes (tensor, requires_grad, hooks[, state]).
func rebuildParameter(a pickle.Tuple) (any, error) {
	if len(a) > 0 {
		if t, ok := a[0].(*Tensor); ok {
			return t, nil
		}
	}
	return nil, errors.New("its first argument is not a tensor")
}

// rebuildFromType takes (function, class, arguments, attributes): a tensor with attributes.
func rebuildFromType(a pickle.Tuple) (any, error) {
	if len(a) == 4 {
		f, ok1 := a[0].(*pickle.Callable)
		args, ok2 := a[2].(pickle.Tuple)
		if ok1 && ok2 && f.Name != "torch._tensor._rebuild_from_type_v2" {
			return f.Call(args)
		}
	}
	return nil, errors.New("its arguments are not a function, a class, a tuple and attributes")
}

// contiguous tells whether the elements lie in row-major order, without gaps.
func (t *Tensor) contiguous() bool {
	n := 1
	for i := len(t.Shape) - 1; i >= 0; i-- {
		if t.Shape[i] != 1 && t.strides[i] != n {
			return false
		}
		n *= t.Shape[i]
	}
	return true
}

// materialise copies the elements out of the storage's bytes into row-major order. A tensor that
// is the whole storage shares its bytes instead.
func (t *Tensor) materialise(b []byte) (array.Array, error) {
	n, err := array.Size(t.DType, t.Shape)
	if err != nil {
		return array.Array{}, err
	}
	size := t.DType.Size()
	a := array.Array{DType: t.DType, Shape: t.Shape}
	if n == 0 {
		return a, nil
	}
	if start := t.offset * size; t.contiguous() {
		a.Bytes = b[start : start+n : start+n]
		if n < len(b) {
			a.Bytes = append([]byte(nil), a.Bytes...)
		}
		return a, nil
	}
	a.Bytes = make([]byte, 0, n)
	at, index := t.offset, make([]int, len(t.Shape))
	for len(a.Bytes) < n {
		a.Bytes = append(a.Bytes, b[at*size:(at+1)*size]...)
		for i := len(index) - 1; i >= 0; i-- { // the odometer's next position
			index[i]++
			at += t.strides[i]
			if index[i] < t.Shape[i] {
				break
			}
			at -= index[i] * t.strides[i]
			index[i] = 0
		}
	}
	return a, nil
}
