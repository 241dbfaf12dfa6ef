package numpickle

import (
	"fmt"

	"noise2sparse/internal/array"
	"noise2sparse/internal/pickle"
)

// Named returns the arrays of a value, by their keys in dicts and places in lists; lists of whole
// numbers count as vectors of int64.
func Named(v any) []array.Named {
	c := collector{left: MaxElements}
	c.collect("", v)
	return c.all
}

// collector visits each entry of each container, at most left of them: containers may be shared.
type collector struct {
	all  []array.Named
	left int
}

func (c *collector) collect(name string, v any) {
	switch x := v.(type) {
	case array.Array:
		c.all = append(c.all, array.Named{Name: name, Array: x})
	case *pickle.List:
		c.items(name, x.Items, v)
	case pickle.Tuple:
		c.items(name, x, v)
	case *pickle.Dict:
		for _, e := range x.Entries {
			if c.left--; c.left < 0 {
				return
			}
			c.collect(join(name, key(e.Key)), e.Value)
		}
	}
}

func (c *collector) items(name string, items []any, v any) {
	if c.left -= len(items); c.left < 0 {
		return
	}
	if n, err := Ints(v); err == nil && len(n) > 0 {
		a, err := array.FromInt64s(n, len(n))
		if err == nil {
			c.all = append(c.all, array.Named{Name: name, Array: a})
		}
		return
	}
	for i, e := range items {
		c.collect(join(name, fmt.Sprint(i)), e)
	}
}

// key writes the keys that are plain; others could be as large as the file, over and over.
func key(k any) string {
	switch x := k.(type) {
	case string:
		return x
	case []byte:
		return string(x)
	case int64, float64, bool:
		return fmt.Sprint(x)
	}
	return pickle.Kind(k)
}

func join(name, key string) string {
	if name == "" {
		return key
	}
	return name + "." + key
}
