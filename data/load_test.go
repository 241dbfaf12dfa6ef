package data

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/npy"
	"noise2sparse/internal/problem"
	"noise2sparse/internal/safetensors"
)

func floats(t testing.TB, v []float32, shape ...int) Array {
	t.Helper()
	a, err := array.FromFloat32s(v, shape...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func labels(t testing.TB, v ...int64) Array {
	t.Helper()
	a, err := array.FromInt64s(v, len(v))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ramp is n rows of dim values 0, 1, 2, ...
func ramp(t testing.TB, n, dim int) Array {
	v := make([]float32, n*dim)
	for i := range v {
		v[i] = float32(i)
	}
	return floats(t, v, n, dim)
}

func save(t testing.TB, path string, tensors ...Named) string {
	t.Helper()
	var b bytes.Buffer
	if err := safetensors.Write(&b, tensors, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFileHoldsOutTheLastTenth(t *testing.T) {
	l := make([]int64, 20)
	for i := range l {
		l[i] = int64(i % 3)
	}
	path := save(t, filepath.Join(t.TempDir(), "a.safetensors"),
		Named{Name: "x", Array: ramp(t, 20, 2)}, Named{Name: "y", Array: labels(t, l...)})
	d, err := Load(Options{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Len() != 18 || d.Val.Len() != 2 || d.Classes != 3 || d.Dim() != 2 || d.Image != nil {
		t.Errorf("%v", d)
	}
	if got := d.Val.X.Float32s(); got[0] != 36 || d.Val.Labels[0] != 0 || d.Val.Labels[1] != 1 {
		t.Errorf("the validation split is %v, labels %v", got, d.Val.Labels)
	}
	half, err := Load(Options{Name: path, Params: map[string]float64{"val_fraction": 0.5}})
	if err != nil || half.Train.Len() != 10 {
		t.Errorf("val_fraction 0.5: %v, %v", half, err)
	}
	if half != nil && half.SHA256() == d.SHA256() {
		t.Error("two ways to split have one hash")
	}
}

func TestFileFindsItsValidationSamples(t *testing.T) {
	dir := t.TempDir()
	x4, x2 := ramp(t, 4, 2), ramp(t, 2, 2)
	save(t, filepath.Join(dir, "a_train.safetensors"), Named{Name: "x", Array: x4})
	save(t, filepath.Join(dir, "a_test.safetensors"), Named{Name: "x", Array: x2})
	save(t, filepath.Join(dir, "both.safetensors"),
		Named{Name: "x_train", Array: x4}, Named{Name: "y_train", Array: labels(t, 0, 1, 0, 1)},
		Named{Name: "x_test", Array: x2}, Named{Name: "y_test", Array: labels(t, 1, 0)})
	for _, name := range []string{"a_train.safetensors", "both.safetensors"} {
		d, err := Load(Options{Name: name, Dir: dir}) // found below DATA_DIR
		if err != nil || d.Train.Len() != 4 || d.Val.Len() != 2 {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
}

func TestFormatsGiveTheSameDataset(t *testing.T) {
	// tuple.*.pt are three float32 rows and labels 2, 0, 1.
	var hash string
	for _, p := range []string{"tuple.zip.pt", "tuple.legacy.pt"} {
		d, err := Load(Options{Name: filepath.Join("..", "internal", "torchfile", "testdata", p)})
		if err != nil {
			t.Fatal(err)
		}
		if d.Classes != 3 || !reflect.DeepEqual(d.Train.Labels, []int32{2, 0}) || d.Val.Len() != 1 {
			t.Errorf("%s: %v, labels %v", p, d, d.Train.Labels)
		}
		if hash != "" && hash != d.SHA256() {
			t.Errorf("%s has another hash", p)
		}
		hash = d.SHA256()
	}
	var b bytes.Buffer
	if err := npy.Write(&b, floats(t, []float32{0, .25, .5, .75, 1, 1.25}, 3, 2)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Load(Options{Name: path})
	if err != nil || d.Train.Labels != nil || d.Classes != 0 || d.Train.Len() != 2 {
		t.Errorf("npy: %v, %v", d, err)
	}
}

func TestImagesOfBytes(t *testing.T) {
	x, err := array.New(dtype.Uint8, 5, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Load(Options{Name: save(t, filepath.Join(t.TempDir(), "i.safetensors"), Named{Name: "images", Array: x})})
	if err != nil {
		t.Fatal(err)
	}
	if *d.Image != (Image{1, 3, 4}) || d.Train.X.DType != dtype.Uint8 || d.Train.X.String() != "uint8 4×1×3×4" {
		t.Errorf("%v, image %v", d.Train.X, d.Image)
	}
}

func TestLimit(t *testing.T) {
	path := save(t, filepath.Join(t.TempDir(), "a.safetensors"), Named{Name: "x", Array: ramp(t, 20, 2)})
	for n, want := range map[int]string{5: "", 18: "", 0: "give 1 to 18", 19: "give 1 to 18"} {
		d, err := Load(Options{Name: path, Limit: &n})
		if want == "" && (err != nil || d.Train.Len() != n || d.Val.Len() != 2) {
			t.Errorf("limit %d: %v, %v", n, d, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("limit %d: error %v", n, err)
		}
	}
}

func TestBadFiles(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	x := ramp(t, 4, 2)
	half := Array{DType: dtype.Float16, Shape: []int{4, 1}, Bytes: []byte{0, 0, 0, 0, 0, 0x7c, 0, 0}}
	huge := Array{DType: dtype.Float64, Shape: []int{2, 1}, Bytes: []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xe0, 0x7f}}
	for _, c := range []struct {
		name    string
		tensors []Named
		want    string
	}{
		{"NaN", []Named{{Name: "x", Array: floats(t, []float32{1, 2, 3, nan, 5, 6}, 3, 2)}}, "training samples: NaN in row 1, column 1"},
		{"infinity", []Named{{Name: "x", Array: floats(t, []float32{1, 2, 3, 4, inf, 6}, 3, 2)}}, "validation samples: -Inf in row 2, column 0"},
		{"float16 infinity", []Named{{Name: "x", Array: half}}, "+Inf in row 2, column 0"},
		{"float64 beyond float32", []Named{{Name: "x", Array: huge}}, "validation samples: 8.98846567431158e+307 in row 1, column 0 is beyond the range of float32"},
		{"empty", []Named{{Name: "x", Array: floats(t, nil, 0, 2)}}, "0 samples are too few"},
		{"one sample", []Named{{Name: "x", Array: floats(t, []float32{1, 2}, 1, 2)}}, "1 samples are too few"},
		{"no values", []Named{{Name: "x", Array: floats(t, nil, 4, 0)}}, "each has no values"},
		{"no samples", []Named{{Name: "v", Array: labels(t, 1, 2)}}, "no tensor of samples × values in it; it holds v int64 2"},
		{"several", []Named{{Name: "a", Array: x}, {Name: "b", Array: x}}, `call one of them "x"`},
		{"negative label", []Named{{Name: "x", Array: x}, {Name: "y", Array: labels(t, 0, -1, 0, 0)}}, `tensor "y": label -1 in row 1`},
		{"huge label", []Named{{Name: "x", Array: x}, {Name: "y", Array: labels(t, 0, 0, 1<<40, 0)}}, "label 1099511627776 in row 2"},
		{"channels last", []Named{{Name: "x", Array: floats(t, make([]float32, 2*8*8*3), 2, 8, 8, 3)}}, "look like height × width × channels"},
		{"shapes differ", []Named{{Name: "x_train", Array: x}, {Name: "x_test", Array: ramp(t, 2, 3)}}, "training samples are 4×2 and validation samples 2×3"},
		{"types differ", []Named{{Name: "x_train", Array: ramp(t, 2, 1)}, {Name: "x_test", Array: Array{DType: dtype.Uint8, Shape: []int{1, 1}, Bytes: []byte{0}}}}, "training samples are float32 and validation samples uint8"},
		{"empty split", []Named{{Name: "x_train", Array: x}, {Name: "x_test", Array: floats(t, nil, 0, 2)}}, "validation samples: there are none: the dataset is empty"},
		{"half the labels", []Named{{Name: "x_train", Array: x}, {Name: "y_train", Array: labels(t, 0, 1, 0, 1)}, {Name: "x_test", Array: ramp(t, 2, 2)}}, "only one of the training and the validation samples have labels"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := save(t, filepath.Join(t.TempDir(), "f.safetensors"), c.tensors...)
			_, err := Load(Options{Name: path})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "f.safetensors") {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

// A test file beside the training file counts its own rows, and is named.
func TestBadTestFile(t *testing.T) {
	dir := t.TempDir()
	train := save(t, filepath.Join(dir, "x_train.safetensors"), Named{Name: "x", Array: ramp(t, 4, 2)})
	save(t, filepath.Join(dir, "x_test.safetensors"), Named{Name: "x", Array: floats(t, []float32{1, 2, 3, float32(math.NaN())}, 2, 2)})
	_, err := Load(Options{Name: train})
	if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "x_test.safetensors")+": validation samples: NaN in row 1, column 1") {
		t.Errorf("got %v", err)
	}
}

func TestMissingAndDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	write("mnist/train-images-idx3-ubyte", "\x00\x00\x08\x03\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01x")
	for _, c := range []struct{ name, want string }{
		{"cifar10-latents", "no file " + filepath.Join(dir, "cifar10-latents", "all_data_train.pt") + "; say where the datasets lie with --data-dir or NOISE2SPARSE_DATA, or fetch it: trainer data get cifar10-latents"},
		{"mnist", filepath.Join(dir, "mnist") + " lacks train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte (plain or .gz)"},
		{"./nothing.pt", "no file ./nothing.pt, and no file " + filepath.Join(dir, "nothing.pt")},
		{filepath.Join(dir, "nothing.pt"), "no file " + filepath.Join(dir, "nothing.pt") + "; correct the path"},
		{write("empty.pt", ""), "the file is empty"},
		{write("text.pt", "hello, world"), "neither PyTorch, safetensors, npy, npz, IDX, a CIFAR batch"},
		{write("cut.pt", "PK\x03\x04"), "truncated or corrupt"},
		{write("folder.pt/x", ""), "the file is empty"},
		{filepath.Join(dir, "folder.pt"), "no pictures (.jpg, .jpeg, .png) in it"},
		{"mnits", `did you mean "mnist"?`},
		{"file", "give its path"},
	} {
		_, err := Load(Options{Name: c.name, Dir: dir})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}

func TestMNIST(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "mnist"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"train-images-idx3-ubyte": "\x00\x00\x08\x03\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02abcd",
		"train-labels-idx1-ubyte": "\x00\x00\x08\x01\x00\x00\x00\x02\x07\x00",
		"t10k-images-idx3-ubyte":  "\x00\x00\x08\x03\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02ef",
		"t10k-labels-idx1-ubyte":  "\x00\x00\x08\x01\x00\x00\x00\x01\x0a",
	} {
		if err := os.WriteFile(filepath.Join(dir, "mnist", name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := Options{Name: "mnist", Dir: dir}
	if _, err := Load(o); err == nil || !strings.Contains(err.Error(), "validation samples: label 10 in row 0 is out of range; labels go from 0 to 9") {
		t.Errorf("label 10: %v", err)
	}
	last := filepath.Join(dir, "mnist", "t10k-labels-idx1-ubyte")
	if err := os.WriteFile(last, []byte("\x00\x00\x08\x01\x00\x00\x00\x01\x09"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	if d.String() != "mnist: 2 training and 1 validation samples of 2 values (uint8), images of 1×1×2, 10 classes" || len(d.Files) != 4 {
		t.Errorf("%v, %v", d, d.Files)
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name   string
		params map[string]float64
		want   string
	}{
		{"sparse-codes", nil, ""},
		{"sparse-codes", map[string]float64{"atom": 5}, `data.atom: is not a parameter of this dataset; did you mean "atoms"?`},
		{"sparse-codes", map[string]float64{"active": 65}, "data.active: is 65; the dictionary has only 64 elements"},
		{"sparse-codes", map[string]float64{"dim": 2.5}, "data.dim: is 2.5; give a whole number"},
		{"sparse-codes", map[string]float64{"noise": math.NaN()}, "data.noise: is NaN"},
		{"sparse-codes", map[string]float64{"samples": 1e7, "dim": 1000}, "data.samples: times dim is"},
		{"dead-leaves", map[string]float64{"min_radius": 64}, "data.min_radius: is 64; give less than max_radius"},
		{"mnist", map[string]float64{"size": 1}, "data.size: is not a parameter of this dataset; known: task, classes_per_task, split_seed"},
		{"dead_leaves", nil, `dataset: unknown name "dead_leaves" among the datasets; did you mean "dead-leaves"?`},
		{"./x.pt", map[string]float64{"val_fraction": 1}, "data.val_fraction: is 1"},
	} {
		var ps problem.List
		Check(c.name, c.params, &ps)
		err := ps.Err()
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v: %v, want %q", c.name, c.params, err, c.want)
		}
	}
}

func TestDir(t *testing.T) {
	t.Setenv(EnvDir, "from-environment")
	if d := Dir("from-flag"); d != "from-flag" {
		t.Error(d)
	}
	if d := Dir(""); d != "from-environment" {
		t.Error(d)
	}
	t.Setenv(EnvDir, "")
	if d := Dir(""); filepath.Base(d) != "noise2sparse" || !filepath.IsAbs(d) {
		t.Error(d)
	}
}

func TestRealLatents(t *testing.T) {
	dir := os.Getenv(EnvDir)
	if dir == "" {
		t.Skip(EnvDir + " is not set: the real latents are not loaded")
	}
	d, err := Load(Options{Name: "cifar10-latents", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	const want = "cifar10-latents: 50000 training and 10000 validation samples of 256 values (float16), 10 classes"
	if d.String() != want {
		t.Errorf("%v, want %s", d, want)
	}
}
