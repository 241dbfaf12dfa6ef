package npy

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
)

func named(t *testing.T) []array.Named {
	t.Helper()
	w, err := array.FromFloat32s([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	n, err := array.FromInt64s([]int64{-7}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return []array.Named{{Name: "hidden.0.weight", Array: w}, {Name: "a/step", Array: n}}
}

func TestZipIsReadBack(t *testing.T) {
	var b bytes.Buffer
	if err := WriteZip(&b, named(t)); err != nil {
		t.Fatal(err)
	}
	got, err := DecodeZip("a.npz", bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range named(t) {
		if i >= len(got) || got[i].Name != w.Name || got[i].Array.String() != w.Array.String() || !bytes.Equal(got[i].Array.Bytes, w.Array.Bytes) {
			t.Errorf("array %d of %d is not %s %v", i, len(got), w.Name, w.Array)
		}
	}
}

func TestZipRefusesBeforeItWrites(t *testing.T) {
	good := named(t)[0]
	for want, a := range map[string][]array.Named{
		"is there twice":           {good, good},
		"can't be an array's name": {good, {Name: "", Array: good.Array}},
		"numpy has no bfloat16":    {good, {Name: "b", Array: array.Array{DType: dtype.BFloat16, Shape: []int{1}, Bytes: make([]byte, 2)}}},
	} {
		var b bytes.Buffer
		if err := WriteZip(&b, a); err == nil || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("error %v after %d bytes, want %q and none", err, b.Len(), want)
		}
	}
}

func TestNumpyReadsZip(t *testing.T) {
	p := os.Getenv("PYTHON")
	if p == "" || exec.Command(p, "-c", "import numpy").Run() != nil {
		t.Skipf("$PYTHON (%q) is no Python with numpy: that numpy reads what is written here is NOT tested", p)
	}
	var b bytes.Buffer
	if err := WriteZip(&b, named(t)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.npz")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	const script = `
import sys, numpy as np
z = np.load(sys.argv[1], allow_pickle=False)
assert sorted(z.files) == ["a/step", "hidden.0.weight"], z.files
assert z["hidden.0.weight"].dtype == np.float32 and z["hidden.0.weight"].tolist() == [[1, 2, 3], [4, 5, 6]]
assert z["a/step"].tolist() == [-7]
`
	if out, err := exec.Command(p, "-c", script, path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
