package torchfile

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/pickle"
)

func floats(t *testing.T, v []float32, shape ...int) array.Array {
	t.Helper()
	a, err := array.FromFloat32s(v, shape...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sample has tensors of all types, an empty one and a scalar, among values of all kinds.
func sample(t *testing.T) (*pickle.Dict, map[string]array.Array) {
	t.Helper()
	tensors := map[string]array.Array{
		"matrix": floats(t, []float32{1, 2, 3, 4, 5, 6}, 2, 3),
		"scalar": floats(t, []float32{7.5}),
		"empty":  floats(t, nil, 0, 3),
	}
	for _, d := range []dtype.DType{dtype.Float16, dtype.BFloat16, dtype.Float64, dtype.Uint8, dtype.Int8, dtype.Int16, dtype.Int32, dtype.Int64, dtype.Bool} {
		a, err := array.New(d, 3)
		if err != nil {
			t.Fatal(err)
		}
		a.Bytes[0] = 1 // for most of them not a round number, but the same one everywhere
		tensors[d.String()] = a
	}
	d, list := &pickle.Dict{}, &pickle.List{}
	for _, name := range []string{"matrix", "scalar", "empty", "float16", "bfloat16", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"} {
		d.Set(name, tensors[name])
	}
	list.Items = []any{nil, true, false, 3, -1 << 40, 0.25, "ñ", pickle.Tuple{1, "a"}}
	d.Set("values", list)
	d.Set("nested", pickle.Tuple{tensors["matrix"]})
	tensors["nested.0"] = tensors["matrix"]
	return d, tensors
}

func TestWriteIsReadBack(t *testing.T) {
	value, tensors := sample(t)
	var b bytes.Buffer
	if err := Write(&b, value); err != nil {
		t.Fatal(err)
	}
	all, err := loadAll(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(tensors) {
		t.Errorf("%d tensors came back, want %d", len(all), len(tensors))
	}
	for _, a := range all {
		w := tensors[a.Name]
		if a.Array.String() != w.String() || !bytes.Equal(a.Array.Bytes, w.Bytes) {
			t.Errorf("%s: %v %v, want %v %v", a.Name, a.Array, a.Array.Bytes, w, w.Bytes)
		}
	}
	f, err := New("file.pt", bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := f.Root.(*pickle.Dict).Get("values")
	want := []any{nil, true, false, int64(3), int64(-1 << 40), 0.25, "ñ", pickle.Tuple{int64(1), "a"}}
	if !reflect.DeepEqual(got.(*pickle.List).Items, want) {
		t.Errorf("values %v, want %v", got.(*pickle.List).Items, want)
	}
}

// Every entry's content begins at a multiple of 64 bytes and is not compressed: what mmap needs.
func TestEntriesAreAligned(t *testing.T) {
	value, _ := sample(t)
	var b bytes.Buffer
	if err := Write(&b, value); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range z.File {
		at, err := e.DataOffset()
		if err != nil || at%dataAlign != 0 || e.Method != zip.Store {
			t.Errorf("%s at byte %d, method %d (%v)", e.Name, at, e.Method, err)
		}
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	loop := &pickle.List{}
	loop.Items = []any{loop}
	for _, c := range []struct {
		name  string
		value any
		want  string
	}{
		{"uint64", array.Array{DType: dtype.Uint64, Shape: []int{1}, Bytes: make([]byte, 8)}, "convert them to int64"},
		{"wrong size", array.Array{DType: dtype.Float32, Shape: []int{2}, Bytes: make([]byte, 4)}, "needs 8 bytes and has 4"},
		{"itself", loop, "nested deeper"},
		{"channel", make(chan int), "can't be written"},
		{"text", "\xff", "not valid UTF-8"},
	} {
		var b bytes.Buffer
		if err := Write(&b, c.value); err == nil || !strings.Contains(err.Error(), c.want) || b.Len() > 0 {
			t.Errorf("%s: error %v after %d bytes, want %q and none", c.name, err, b.Len(), c.want)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteTellsOfAFullDisk(t *testing.T) {
	value, _ := sample(t)
	if err := Write(full{}, value); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error %v", err)
	}
}

// python returns the interpreter $PYTHON if it has PyTorch, else skips.
func python(t *testing.T) string {
	t.Helper()
	p := os.Getenv("PYTHON")
	if p == "" {
		t.Skip("PYTHON is not set: that PyTorch reads what is written here is NOT tested; set it to an interpreter with torch")
	}
	if out, err := exec.Command(p, "-c", "import torch").CombinedOutput(); err != nil {
		t.Skipf("$PYTHON (%s) has no torch: that PyTorch reads what is written here is NOT tested: %.200s", p, out)
	}
	return p
}

const readBack = `
import sys, torch
for mmap in (False, True):
    d = torch.load(sys.argv[1], weights_only=True, mmap=mmap)
    assert d["matrix"].tolist() == [[1, 2, 3], [4, 5, 6]] and d["matrix"].is_contiguous(), d["matrix"]
    assert d["scalar"].shape == () and d["scalar"].item() == 7.5
    assert d["empty"].shape == (0, 3)
    assert d["values"] == [None, True, False, 3, -2**40, 0.25, "ñ", (1, "a")], d["values"]
    assert torch.equal(d["nested"][0], d["matrix"])
    for name in "float16 bfloat16 float64 uint8 int8 int16 int32 int64 bool".split():
        assert d[name].dtype == getattr(torch, name), name
        assert d[name].view(torch.uint8).flatten()[0] == 1 and d[name].shape == (3,), name
    d["matrix"].add_(1)
`

func TestPyTorchReadsIt(t *testing.T) {
	p := python(t)
	value, _ := sample(t)
	var b bytes.Buffer
	if err := Write(&b, value); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.pt")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(p, "-c", readBack, path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
