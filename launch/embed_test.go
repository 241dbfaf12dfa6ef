package launch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "noise2sparse/compute/cpu"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/safetensors"
	"noise2sparse/train"
)

// convMixerWeights are those of a ConvMixer with 4 channels, one block, kernels of 3×3 and patches of
// 2×2, for images of 3 channels and 5 classes, all random.
func convMixerWeights() map[string][]int {
	shapes := map[string][]int{
		"features.0.weight": {4, 3, 2, 2}, "features.0.bias": {4},
		"features.3.0.fn.0.weight": {4, 1, 3, 3}, "features.3.0.fn.0.bias": {4},
		"features.3.1.weight": {4, 4, 1, 1}, "features.3.1.bias": {4},
		"classifier.weight": {5, 4}, "classifier.bias": {5},
	}
	for _, norm := range []string{"features.2", "features.3.0.fn.2", "features.3.3"} {
		for _, part := range []string{"weight", "bias", "running_mean", "running_var"} {
			shapes[norm+"."+part] = []int{4}
		}
		shapes[norm+".num_batches_tracked"] = []int{}
	}
	return shapes
}

func writeWeights(t *testing.T, shapes map[string][]int) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	var all []array.Named
	for name, shape := range shapes {
		if strings.HasSuffix(name, "num_batches_tracked") {
			a, _ := array.FromInt64s([]int64{7}, shape...)
			all = append(all, array.Named{Name: name, Array: a})
			continue
		}
		n := 1
		for _, d := range shape {
			n *= d
		}
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(math.Abs(rng.NormFloat64())) // variances must be positive
		}
		a, err := array.FromFloat32s(v, shape...)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, array.Named{Name: name, Array: a})
	}
	return writeTensors(t, "weights.safetensors", all)
}

func writeTensors(t *testing.T, name string, all []array.Named) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err == nil {
		err = errors.Join(safetensors.Write(f, all, nil), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// images writes n random images of that shape with labels.
func images(t *testing.T, n int, shape ...int) string {
	t.Helper()
	a, err := array.New(dtype.Uint8, append([]int{n}, shape...)...)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range a.Bytes {
		a.Bytes[i] = byte(rng.Uint32())
	}
	labels := make([]int64, n)
	for i := range labels {
		labels[i] = int64(i % 3)
	}
	l, err := array.FromInt64s(labels, n)
	if err != nil {
		t.Fatal(err)
	}
	return writeTensors(t, "images.safetensors", []array.Named{{Name: "images", Array: a}, {Name: "labels", Array: l}})
}

func embedOptions(t *testing.T, out string) EmbedOptions {
	return EmbedOptions{
		Images: images(t, 23, 3, 6, 4), Split: "test", Weights: writeWeights(t, convMixerWeights()), Out: out, DType: "float16", Batch: 4,
	}
}

// An embedding that was interrupted, and whose rest was torn, goes on and gives the same file, bit for
// bit; batches of another size do too.
func TestEmbedResumes(t *testing.T) {
	dir := t.TempDir()
	whole := embedOptions(t, filepath.Join(dir, "whole.pt"))
	if _, err := Embed(context.Background(), whole); err != nil {
		t.Fatal(err)
	}
	o := whole
	o.Out = filepath.Join(dir, "resumed.pt")
	ctx, cancel := context.WithCancel(context.Background())
	o.Watch = func(done, _ int) {
		if done >= 12 {
			cancel()
		}
	}
	if _, err := Embed(ctx, o); !errors.Is(err, train.ErrInterrupted) || !strings.Contains(err.Error(), "12 of 23") {
		t.Fatalf("interrupted: %v", err)
	}
	if _, err := os.Stat(o.Out); err == nil {
		t.Error("a part of the file is there")
	}
	partial, err := os.ReadFile(o.Out + ".partial")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(o.Out+".partial", partial[:len(partial)-3], 0o666); err != nil {
		t.Fatal(err)
	}
	o.Watch, o.Batch = nil, 5
	r, err := Embed(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Resumed != 8 || r.Images != 23 || r.Features != 4 {
		t.Errorf("%+v", r)
	}
	a, _ := os.ReadFile(whole.Out)
	if b, _ := os.ReadFile(o.Out); len(a) == 0 || !bytes.Equal(a, b) {
		t.Error("the resumed file differs")
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
	if d, err := data.LoadPart(data.Options{Name: o.Out}, "test"); err != nil || d.Len() != 23 || len(d.Labels) != 23 || d.X.DType != dtype.Float16 {
		t.Errorf("read again: %v, %v", d, err)
	}
}

func TestEmbedRefuses(t *testing.T) {
	none := convMixerWeights()
	delete(none, "features.3.1.bias")
	more := convMixerWeights()
	more["features.9.weight"], more["features.3.3.weight"] = []int{4}, []int{6}
	for name, c := range map[string]struct {
		change func(o *EmbedOptions)
		want   []string
	}{
		"a missing tensor":   {func(o *EmbedOptions) { o.Weights = writeWeights(t, none) }, []string{"features.3.1.bias", "is missing"}},
		"unknown and misfit": {func(o *EmbedOptions) { o.Weights = writeWeights(t, more) }, []string{"features.9.weight", "belongs to no layer", "features.3.3.weight is float32 6", "float32[4]"}},
		"no images":          {func(o *EmbedOptions) { o.Images = images(t, 5, 72) }, []string{"vectors of 72 numbers"}},
		"other channels":     {func(o *EmbedOptions) { o.Images = images(t, 5, 1, 6, 4) }, []string{"images of 1 channels", "takes 3"}},
		"half a patch":       {func(o *EmbedOptions) { o.Images = images(t, 5, 3, 5, 4) }, []string{"patch_size is 2", "5×4"}},
		"one mean":           {func(o *EmbedOptions) { o.Mean, o.Std = []float64{0.5}, []float64{0.5} }, []string{"1 values of mean", "3 channels"}},
		"no format":          {func(o *EmbedOptions) { o.Out += ".npz" }, []string{"--format"}},
		"no split":           {func(o *EmbedOptions) { o.Split = "tset" }, []string{"--split", "tset"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := embedOptions(t, filepath.Join(t.TempDir(), "out.pt"))
			c.change(&o)
			_, err := Embed(context.Background(), o)
			for _, w := range c.want {
				if err == nil || !strings.Contains(err.Error(), w) {
					t.Errorf("error %v, want %q", err, w)
				}
			}
		})
	}
}

// What is there already is neither replaced nor taken for the beginning of something else.
func TestEmbedKeepsWhatIsThere(t *testing.T) {
	o := embedOptions(t, filepath.Join(t.TempDir(), "out.pt"))
	if err := os.WriteFile(o.Out, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Embed(context.Background(), o); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("an existing file: %v", err)
	}
	other := o
	other.Out, other.DType = filepath.Join(t.TempDir(), "b.safetensors"), "float32"
	ctx, cancel := context.WithCancel(context.Background())
	other.Watch = func(int, int) { cancel() }
	if _, err := Embed(ctx, other); !errors.Is(err, train.ErrInterrupted) {
		t.Fatal(err)
	}
	other.Watch, other.Limit = nil, 20
	if _, err := Embed(context.Background(), other); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("another embedding's beginning: %v", err)
	}
	if b, _ := os.ReadFile(o.Out); string(b) != "mine" {
		t.Error("the file was touched")
	}
}

// The published ConvMixer over CIFAR-10's test images gives the published latents, each value within a
// unit in the last place of float16 and 1e-4: what PyTorch rounds to float16 differs from ours by
// float32 rounding.
func TestEmbedReproducesPublishedLatents(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	dir := os.Getenv(data.EnvDir)
	if dir == "" {
		t.Skipf("%s is not set: no CIFAR-10, no weights", data.EnvDir)
	}
	n := 96
	if os.Getenv("NOISE2SPARSE_SLOW") != "" {
		n = 10000
	}
	o := EmbedOptions{
		Images: filepath.Join(dir, "cifar10", "test_batch.bin"), Weights: filepath.Join(dir, "convmixer_imagenet32_state_dict.pt"),
		Split: "test", Out: filepath.Join(t.TempDir(), "latents.pt"), DType: "float16", Batch: 32, Limit: n,
	}
	if _, err := os.Stat(o.Weights); err != nil {
		t.Skip(err)
	}
	if _, err := Embed(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	got, err := data.LoadPart(data.Options{Name: o.Out}, "test")
	if err != nil {
		t.Fatal(err)
	}
	want, err := data.LoadPart(data.Options{Name: filepath.Join(dir, "cifar10-latents", "all_data_test.pt")}, "test")
	if err != nil {
		t.Fatal(err)
	}
	if got.X.RowLen() != want.X.RowLen() || got.Len() != n {
		t.Fatalf("%v, published are %v", got.X, want.X)
	}
	worst := 0.0
	for i := range got.X.Len() {
		a, b := got.X.Float64(i), want.X.Float64(i)
		ulp := math.Ldexp(1, max(math.Ilogb(b), -14)-10)
		worst = max(worst, math.Abs(a-b)/(ulp+1e-4))
	}
	if !(worst <= 1) {
		t.Errorf("a value is off by %.2f times what is admitted", worst)
	}
	if fmt.Sprint(got.Labels) != fmt.Sprint(want.Labels[:n]) {
		t.Error("labels differ")
	}
	t.Logf("%d images: worst value at %.2f of what is admitted", n, worst)
}
