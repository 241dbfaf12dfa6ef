// Package numpickle reads what Python's pickle.dump writes of numpy arrays in dicts, lists and tuples:
// protocols 2 to 5, of Python 2 and 3, as data. No code runs; classes other than numpy's arrays are
// refused by name.
//
// Sources: numpy's ndarray.__reduce__, __setstate__ and _frombuffer (numpy/_core/numeric.py and
// multiarray/methods.c), dtype.__setstate__.
package numpickle

import (
	"errors"
	"fmt"
	"io"
	"os"

	"noise2sparse/internal/array"
	"noise2sparse/internal/pickle"
)

// MaxElements bounds the values in all lists, such as labels.
const MaxElements = 1 << 22

// Read reads a file.
func Read(path string) (any, error) {
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

// Decode reads a pickle of size bytes from r; path is for messages. The value is one of those of
// package pickle, or array.Array. Beside the file's bytes it holds at most as many for the arrays,
// since protocol 2 writes bytes as text.
func Decode(path string, r io.Reader, size int64) (any, error) {
	d := pickle.NewDecoder(r, size)
	budget := size
	d.MaxBytes, d.RawStrings = size, true
	d.FindClass = func(module, name string) (any, error) { return find(module, name, &budget) }
	v, err := d.Decode()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if d.Offset() != size {
		return nil, fmt.Errorf("%s: byte %d: %d bytes are left over after the pickle", path, d.Offset(), size-d.Offset())
	}
	var f finisher
	if v, err = f.finish(v, 0); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

// maxDepth ends what contains itself.
const maxDepth = 16

var errTooMany = fmt.Errorf("more than %d values in lists and dicts", MaxElements)

// finisher turns the arrays of a value, which are pointers while they are built, into array.Array.
type finisher struct{ visited int }

func (f *finisher) finish(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("containers are nested deeper than %d", maxDepth)
	}
	switch x := v.(type) {
	case *ndarray:
		if !x.whole {
			return nil, errors.New("an array without contents")
		}
		return x.array, nil
	case pickle.Tuple:
		return v, f.items(x, depth)
	case *pickle.List:
		return v, f.items(x.Items, depth)
	case *pickle.Dict:
		if f.visited += len(x.Entries); f.visited > MaxElements {
			return nil, errTooMany
		}
		for i, e := range x.Entries {
			w, err := f.finish(e.Value, depth+1)
			if err != nil {
				return nil, err
			}
			x.Entries[i].Value = w
		}
	}
	return v, nil
}

// items counts what it visits: a list may hold another a million times, which holds a third.
func (f *finisher) items(items []any, depth int) error {
	if f.visited += len(items); f.visited > MaxElements {
		return errTooMany
	}
	for i := range items {
		w, err := f.finish(items[i], depth+1)
		if err != nil {
			return err
		}
		items[i] = w
	}
	return nil
}

// Ints returns the whole numbers of a list, a tuple or a vector.
func Ints(v any) ([]int64, error) {
	var items []any
	switch x := v.(type) {
	case array.Array:
		if len(x.Shape) != 1 {
			return nil, fmt.Errorf("%v is not a vector", x)
		}
		return x.Int64s()
	case pickle.Tuple:
		items = x
	case *pickle.List:
		items = x.Items
	default:
		return nil, fmt.Errorf("a %s is not a list of whole numbers", pickle.Kind(v))
	}
	out := make([]int64, len(items))
	for i, e := range items {
		n, ok := e.(int64)
		if !ok {
			return nil, fmt.Errorf("a %s in place %d of a list of whole numbers", pickle.Kind(e), i)
		}
		out[i] = n
	}
	return out, nil
}

// Get returns the entry of a dict under a key that Python 2 wrote as a string, or Python 3 as bytes.
func Get(d *pickle.Dict, key string) (any, bool) {
	if v, ok := d.Get(key); ok {
		return v, true
	}
	for _, e := range d.Entries {
		if b, ok := e.Key.([]byte); ok && string(b) == key {
			return e.Value, true
		}
	}
	return nil, false
}
