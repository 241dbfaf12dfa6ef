package torchfile

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
)

type want struct {
	dtype  dtype.DType
	shape  []int
	values []float32
}

// The fixtures are written by testdata/make.py.
var fixtures = map[string]map[string]want{
	"tuple": {
		"0": {dtype.Float32, []int{3, 2}, []float32{0, .25, .5, .75, 1, 1.25}},
		"1": {dtype.Int64, []int{3}, []float32{2, 0, 1}},
	},
	"mixed": {
		"types.0":          {dtype.Float16, []int{3}, []float32{0, 1, 3}},
		"types.1":          {dtype.BFloat16, []int{3}, []float32{0, 1, 3}},
		"types.2":          {dtype.Float64, []int{3}, []float32{0, 1, 3}},
		"types.3":          {dtype.Uint8, []int{3}, []float32{0, 1, 3}},
		"types.4":          {dtype.Int8, []int{3}, []float32{0, 1, 3}},
		"types.5":          {dtype.Int16, []int{3}, []float32{0, 1, 3}},
		"types.6":          {dtype.Int32, []int{3}, []float32{0, 1, 3}},
		"types.7":          {dtype.Bool, []int{3}, []float32{0, 1, 1}},
		"views.transposed": {dtype.Float32, []int{4, 3}, []float32{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}},
		"views.part":       {dtype.Float32, []int{2, 2}, []float32{5, 6, 9, 10}},
		"views.last":       {dtype.Float32, []int{4}, []float32{8, 9, 10, 11}},
		"views.expanded":   {dtype.Float32, []int{2, 2}, []float32{3, 3, 3, 3}},
		"scalar":           {dtype.Float32, []int{}, []float32{7.5}},
		"empty":            {dtype.Float32, []int{0, 3}, []float32{}},
	},
	"state": {
		"0.weight":              {dtype.Float32, []int{1, 2}, []float32{1.5, -2}},
		"0.bias":                {dtype.Float32, []int{1}, []float32{.25}},
		"1.weight":              {dtype.Float32, []int{1}, []float32{1}},
		"1.bias":                {dtype.Float32, []int{1}, []float32{0}},
		"1.running_mean":        {dtype.Float32, []int{1}, []float32{0}},
		"1.running_var":         {dtype.Float32, []int{1}, []float32{1}},
		"1.num_batches_tracked": {dtype.Int64, []int{}, []float32{0}},
		"tied":                  {dtype.Float32, []int{1, 2}, []float32{1.5, -2}},
	},
}

func TestFixtures(t *testing.T) {
	for name, tensors := range fixtures {
		for _, format := range []string{"zip", "legacy"} {
			t.Run(name+"/"+format, func(t *testing.T) {
				f, err := Open(filepath.Join("testdata", name+"."+format+".pt"))
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				if f.Format != "PyTorch "+format || len(f.Tensors) != len(tensors) {
					t.Errorf("%s with %d tensors, want %d", f.Format, len(f.Tensors), len(tensors))
				}
				for _, x := range f.Tensors {
					compare(t, f, x, tensors[x.Name])
				}
			})
		}
	}
}

func compare(t *testing.T, f *File, x *Tensor, w want) {
	t.Helper()
	a, err := f.Load(x)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Check(); err != nil {
		t.Fatal(err)
	}
	if a.DType != w.dtype || !reflect.DeepEqual(a.Shape, w.shape) || !reflect.DeepEqual(a.Float32s(), w.values) {
		t.Errorf("%s: %v %v, want %v %v %v", x.Name, a, a.Float32s(), w.dtype, w.shape, w.values)
	}
}

func TestUint64(t *testing.T) {
	f, err := Open("testdata/uint64.zip.pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if len(f.Tensors) != 1 || f.Tensors[0].Name != "" {
		t.Fatalf("tensors %v", f.Tensors)
	}
	compare(t, f, f.Tensors[0], want{dtype.Uint64, []int{2}, []float32{1, 1 << 63}})
}

func TestUnknownClassIsRefusedByName(t *testing.T) {
	_, err := Open("testdata/unknown.zip.pt")
	if err == nil || !strings.Contains(err.Error(), "class __main__.Unknown is not allowed: only tensors") {
		t.Errorf("error %v", err)
	}
	if err != nil && (!strings.Contains(err.Error(), "unknown.zip.pt") || !strings.Contains(err.Error(), "byte ")) {
		t.Errorf("%v: names no file or no offset", err)
	}
}

// loadAll opens a file's bytes and loads every tensor.
func loadAll(b []byte) ([]array.Named, error) {
	f, err := New("file.pt", bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	var all []array.Named
	for _, t := range f.Tensors {
		a, err := f.Load(t)
		if err != nil {
			return nil, err
		}
		all = append(all, array.Named{Name: t.Name, Array: a})
	}
	return all, nil
}

func TestEveryTruncationIsAnError(t *testing.T) {
	for _, format := range []string{"zip", "legacy"} {
		whole, err := os.ReadFile("testdata/tuple." + format + ".pt")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := loadAll(whole); err != nil {
			t.Fatal(err)
		}
		for n := range whole {
			if _, err := loadAll(whole[:n]); err == nil {
				t.Fatalf("%s: the first %d of %d bytes were accepted", format, n, len(whole))
			} else if !strings.HasPrefix(err.Error(), "file.pt: ") {
				t.Fatalf("%s, %d bytes: error without the file's name: %v", format, n, err)
			}
		}
	}
}

// In the zip format the checksums find every flipped bit of an entry's content.
func TestEveryFlippedContentByteIsAnError(t *testing.T) {
	whole, err := os.ReadFile("testdata/tuple.zip.pt")
	if err != nil {
		t.Fatal(err)
	}
	content := 0
	for _, part := range []string{"\x80\x02ccollections", "\x80\x02ctorch._utils"} {
		if i := bytes.Index(whole, []byte(part)); i > 0 {
			content = i
		}
	}
	if content == 0 {
		t.Fatal("the fixture's data.pkl was not found")
	}
	for i := content; i < content+100; i++ {
		bad := bytes.Clone(whole)
		bad[i] ^= 0x40
		if _, err := loadAll(bad); err == nil {
			t.Fatalf("byte %d flipped, and nobody noticed", i)
		}
	}
}

func FuzzOpen(f *testing.F) {
	for _, name := range []string{"tuple.zip", "tuple.legacy", "mixed.legacy", "state.legacy", "uint64.zip", "state.zip"} {
		b, err := os.ReadFile("testdata/" + name + ".pt")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := loadAll(b)
		if err != nil {
			return
		}
		for _, a := range all {
			if err := a.Array.Check(); err != nil {
				t.Errorf("%s: %v", a.Name, err)
			}
		}
	})
}
