package data

import (
	"reflect"
	"strings"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
)

// TestMinMax: by the training samples alone, validation outside of [0, 1], a constant value, pixels,
// and geometry that stays.
func TestMinMax(t *testing.T) {
	train, err := array.FromFloat32s([]float32{1, 5, -2, 3, 5, 0, 2, 5, 2}, 3, 3)
	if err != nil {
		t.Fatal(err)
	}
	val, err := array.FromFloat32s([]float32{5, 6, -4}, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	pixels := array.Array{DType: dtype.Uint8, Shape: []int{2, 1, 1, 2}, Bytes: []byte{0, 51, 102, 255}}
	for _, c := range []struct {
		name           string
		d              Dataset
		train, val     []float32
		shape, valLike []int
	}{
		{
			"floats",
			Dataset{Train: Split{X: train}, Val: Split{X: val}, Dictionary: &train},
			[]float32{0, 0, 0, 1, 0, 0.5, 0.5, 0, 1},
			[]float32{2, 1, -0.5},
			[]int{3, 3},
			[]int{1, 3},
		},
		{
			"pixels",
			Dataset{Train: Split{X: pixels}, Val: Split{X: pixels}},
			[]float32{0, 0, 1, 1},
			[]float32{0, 0, 1, 1},
			[]int{2, 1, 1, 2},
			[]int{2, 1, 1, 2},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.d.scale(ScalingMinMax); err != nil {
				t.Fatal(err)
			}
			if got := c.d.Train.X.Float32s(); !reflect.DeepEqual(got, c.train) || !reflect.DeepEqual(c.d.Train.X.Shape, c.shape) {
				t.Errorf("training samples are %v, want %v", got, c.train)
			}
			if got := c.d.Val.X.Float32s(); !reflect.DeepEqual(got, c.val) || !reflect.DeepEqual(c.d.Val.X.Shape, c.valLike) {
				t.Errorf("validation samples are %v, want %v", got, c.val)
			}
			if c.d.Dictionary != nil {
				t.Error("the dictionary of other numbers is still there")
			}
		})
	}
	d := Dataset{Train: Split{X: train}, Val: Split{X: val}, Dictionary: &train}
	if err := d.scale(ScalingNone); err != nil || &d.Train.X.Bytes[0] != &train.Bytes[0] || d.Dictionary == nil {
		t.Errorf("no scaling changes the data (%v)", err)
	}
	if err := d.scale("z_score"); err == nil || !strings.Contains(err.Error(), "none or min_max") {
		t.Errorf("an unknown scaling gives %v", err)
	}
}
