package train

import (
	"slices"
	"testing"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/model"
	"noise2sparse/optim"
)

// augmenting is an engine on eight images of 1×5×5 different pixels, all in one batch in their order.
func augmenting(t *testing.T, a *AugmentationConfig, seed uint64) (*Engine, []float64) {
	t.Helper()
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	const n = 8
	v := make([]float32, n*25)
	want := make([]float64, len(v))
	for i := range v {
		v[i] = float32(i + 1)
		want[i] = float64(i + 1)
	}
	x, err := array.FromFloat32s(v, n, 1, 5, 5)
	if err != nil {
		t.Fatal(err)
	}
	s := data.Split{X: x, Labels: make([]int32, n)}
	d := &data.Dataset{Name: "test", Train: s, Val: s, Classes: 2, Image: &data.Image{Channels: 1, Height: 5, Width: 5}}
	c := Config{
		Task: taskClassification, Epochs: 1, BatchSize: n, Seed: seed, Augmentation: a,
		Model:     model.Config{Kind: "ffn", Hidden: []int{3}, Activation: "relu", HiddenBias: true, OutputBias: true},
		Noise:     model.NoiseConfig{Kind: "gaussian"},
		Optimizer: optim.Config{Kind: "sgd", LR: 1e-6},
	}
	c.Optimizer.Schedule.Kind = "constant"
	order := &givenOrder{b: b, steps: array.Array{DType: compute.Int32, Shape: []int{1, n}, Bytes: rawBytes(iota32(n))}}
	e, err := NewEngine(b, c, d, Replace{Order: repeated{order}})
	if err != nil {
		t.Fatal(err)
	}
	return e, want
}

// repeated gives the first batch again and again.
type repeated struct{ *givenOrder }

func (r repeated) Batch(index compute.Tensor) { r.next = 0; r.givenOrder.Batch(index) }

// In training images are moved and mirrored, differently in each step and the same with the same seed;
// evaluation sees them as they are.
func TestAugmentation(t *testing.T) {
	a := &AugmentationConfig{CropPadding: 2, Flip: true}
	e, clean := augmenting(t, a, 1)
	other, _ := augmenting(t, a, 1)
	another, _ := augmenting(t, a, 2)
	seen := func(e *Engine) []float64 { e.Steps(0, 1); return floats(e.b, e.x) }
	for _, e := range []*Engine{e, other, another} {
		e.BeginEpoch(0, 0)
	}
	first, same, different := seen(e), seen(other), seen(another)
	second := seen(e)
	switch {
	case slices.Equal(first, clean):
		t.Error("nothing was changed")
	case slices.Equal(first, second):
		t.Error("two steps see the same")
	case !slices.Equal(first, same):
		t.Error("the same seed gives something else")
	case slices.Equal(first, different):
		t.Error("another seed gives the same")
	}
	for i := range 8 { // each image holds zeros and pixels of its own
		for _, v := range first[25*i : 25*(i+1)] {
			if v != 0 && (v <= float64(25*i) || v > float64(25*(i+1))) {
				t.Fatalf("image %d holds the pixel %v", i, v)
			}
		}
	}
	e.Evaluate(0)
	if got := floats(e.b, e.x); !slices.Equal(got, clean) {
		t.Error("evaluation sees changed images")
	}
	plain, _ := augmenting(t, nil, 1)
	plain.BeginEpoch(0, 0)
	if got := seen(plain); !slices.Equal(got, clean) {
		t.Error("images are changed without augmentation")
	}
}
