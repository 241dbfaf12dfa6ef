package torchfile

import (
	"fmt"
	"strconv"

	"noise2sparse/internal/pickle"
)

const (
	maxDepth   = 64      // of containers in containers; also ends those that contain themselves
	maxValues  = 4 << 20 // values visited; a pickle may share one list a million times
	maxTensors = 1 << 17 // names of tensors
)

// collector names every tensor by the way to it.
type collector struct {
	tensors []*Tensor
	seen    map[string]int
	visited int
}

// collect fills f.Tensors from f.Root, in the order of writing.
func (f *File) collect() error {
	c := collector{seen: map[string]int{}}
	if err := c.walk("", f.Root, 0); err != nil {
		return err
	}
	f.Tensors = c.tensors
	return nil
}

func (c *collector) walk(name string, v any, depth int) error {
	if c.visited++; c.visited > maxValues {
		return fmt.Errorf("more than %d values", maxValues)
	}
	if depth > maxDepth {
		return fmt.Errorf("containers are nested deeper than %d", maxDepth)
	}
	switch x := v.(type) {
	case *Tensor:
		if len(c.tensors) == maxTensors {
			return fmt.Errorf("more than %d tensors", maxTensors)
		}
		c.add(name, x)
	case pickle.Tuple:
		return c.items(name, x, depth)
	case *pickle.List:
		return c.items(name, x.Items, depth)
	case *pickle.Dict:
		for _, e := range x.Entries {
			if err := c.walk(join(name, keyString(e.Key)), e.Value, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *collector) items(name string, items []any, depth int) error {
	for i, e := range items {
		if err := c.walk(join(name, strconv.Itoa(i)), e, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// add records a copy of t under its name; {"a.b": x, "a": {"b": y}} gives "a.b" and "a.b#2".
func (c *collector) add(name string, t *Tensor) {
	named := *t
	c.seen[name]++
	if n := c.seen[name]; n > 1 {
		name += "#" + strconv.Itoa(n)
	}
	named.Name = name
	c.tensors = append(c.tensors, &named)
}

// maxName keeps the names of deeply nested tensors from growing without bound.
const maxName = 1024

func join(a, b string) string {
	if a != "" {
		b = a + "." + b
	}
	if len(b) > maxName {
		b = b[:maxName]
	}
	return b
}

func keyString(k any) string {
	switch k := k.(type) {
	case string:
		return k
	case nil, bool, int64, float64:
		return fmt.Sprint(k)
	}
	return "(" + pickle.Kind(k) + ")"
}
