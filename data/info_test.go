package data

import (
	"encoding/json"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestInfo(t *testing.T) {
	nan := float32(math.NaN())
	path := save(t, filepath.Join(t.TempDir(), "a.safetensors"),
		Named{Name: "x", Array: floats(t, []float32{1, nan, 3, float32(math.Inf(1)), -2, 6}, 3, 2)},
		Named{Name: "y", Array: labels(t, 1, 0, 1)},
		Named{Name: "index", Array: labels(t, 0, 1, 2)},
		Named{Name: "bad\x1b[31m", Array: floats(t, []float32{nan}, 1)})
	info, err := Info(path)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]TensorInfo{}
	for _, x := range info.Tensors {
		byName[x.Name] = x
	}
	x := byName["x"]
	if *x.Min != -2 || *x.Max != 6 || *x.Mean != 2 || x.NaN != 1 || x.Inf != 1 || x.DType != "float32" || x.Classes != nil {
		t.Errorf("x: %+v", x)
	}
	if got := byName["y"].Classes; !reflect.DeepEqual(got, []ClassCount{{0, 1}, {1, 2}}) {
		t.Errorf("y: classes %v", got)
	}
	if got := byName["index"].Classes; got != nil {
		t.Errorf("an index was taken for labels: %v", got)
	}
	if _, err := json.Marshal(info); err != nil {
		t.Errorf("not JSON: %v", err)
	}
	var b strings.Builder
	if err := info.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"safetensors, ", "x         float32  3×2    -2   6    2         1    1", "2 classes of y", "0: 1  1: 2", "bad?[31m"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("a name in a file reaches the terminal's controls")
	}
}
