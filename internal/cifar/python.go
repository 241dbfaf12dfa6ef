package cifar

import (
	"fmt"
	"io"
	"os"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/numpickle"
	"noise2sparse/internal/pickle"
)

// ReadPython reads a file of the Python version.
func ReadPython(path string, k Kind) (Batch, error) {
	f, err := os.Open(path)
	if err != nil {
		return Batch{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Batch{}, err
	}
	return DecodePython(path, f, info.Size(), k)
}

// DecodePython reads size bytes of a pickled dict from r; path is for messages. Its entries are data
// (uint8, n × 3072) and labels, or fine_labels and coarse_labels; keys may be strings or bytes.
func DecodePython(path string, r io.Reader, size int64, k Kind) (Batch, error) {
	v, err := numpickle.Decode(path, r, size)
	if err != nil {
		return Batch{}, err
	}
	b, err := fromDict(v, k)
	if err != nil {
		return Batch{}, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

func fromDict(v any, k Kind) (Batch, error) {
	d, ok := v.(*pickle.Dict)
	if !ok {
		return Batch{}, fmt.Errorf("a %s instead of a dict: not a batch of %v", pickle.Kind(v), k)
	}
	data, _ := numpickle.Get(d, "data")
	x, ok := data.(array.Array)
	if !ok || x.DType != dtype.Uint8 || x.RowLen() != Pixels || len(x.Shape) < 2 {
		what := "absent"
		if ok {
			what = x.String()
		}
		return Batch{}, fmt.Errorf("data is %s; in a batch of %v it is uint8 n×%d", what, k, Pixels)
	}
	b := Batch{Images: array.Array{DType: x.DType, Shape: []int{x.Rows(), Channels, Side, Side}, Bytes: x.Bytes}}
	names := [...][]string{{"labels"}, {"coarse_labels", "fine_labels"}}[k]
	for i, name := range names {
		l, err := labels(d, name, x.Rows(), k.classes()[i])
		if err != nil {
			return Batch{}, err
		}
		if len(names) == 2 && i == 0 {
			b.Coarse = l
		} else {
			b.Labels = l
		}
	}
	return b, nil
}

// labels returns the list of that name, checked.
func labels(d *pickle.Dict, name string, n, classes int) ([]int32, error) {
	v, ok := numpickle.Get(d, name)
	if !ok {
		return nil, fmt.Errorf("%s is absent", name)
	}
	all, err := numpickle.Ints(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(all) != n {
		return nil, fmt.Errorf("%d images and %d %s", n, len(all), name)
	}
	out := make([]int32, n)
	for i, l := range all {
		if l < 0 || l >= int64(classes) {
			return nil, fmt.Errorf("%s: label %d of image %d; they go from 0 to %d", name, l, i, classes-1)
		}
		out[i] = int32(l)
	}
	return out, nil
}
