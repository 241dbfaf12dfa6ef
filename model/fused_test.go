package model_test

import (
	"testing"

	"noise2sparse/compute"
	"noise2sparse/model"
)

// fusing is a backend that counts the fused products it is asked for.
type fusing struct {
	compute.Backend
	forward, backward int
}

func (f *fusing) LinearReLU(y, x, w, bias, fired, total, _ compute.Tensor) {
	f.forward++
	compute.LinearReLUComposed(f.Backend, y, x, w, bias, fired, total)
}

func (f *fusing) LinearReLUBackward(dpre, dbias, dy, v, post, _ compute.Tensor) {
	f.backward++
	compute.LinearReLUBackwardComposed(f.Backend, dpre, dbias, dy, v, post)
}

// TestReLUStaysFused: a ReLU layer's products are done with what follows them, unless something
// comes between.
func TestReLUStaysFused(t *testing.T) {
	for _, c := range []struct {
		name              string
		change            func(c *model.Config)
		l1                []float64
		forward, backward int
	}{
		{"plain", func(*model.Config) {}, nil, 2, 2},
		{"shared bias, projection", func(c *model.Config) { c.SharedBias, c.Projection = true, "before_noise" }, nil, 2, 2},
		{"L1 of the first layer", func(*model.Config) {}, []float64{1, 0}, 2, 1},
		{"tied", func(c *model.Config) { c.TiedWeights = true }, nil, 2, 1},
		{"gelu", func(c *model.Config) { c.Activation = "gelu" }, nil, 0, 0},
	} {
		b := &fusing{Backend: openFloat64(t)}
		config := ffnConfig(func(config *model.Config) { config.Hidden = []int{5, 5}; c.change(config) })
		net, err := model.New(b, config, model.Spec{Input: 4, Output: 4, Batch: 3, ActivityL1: c.l1})
		if err != nil {
			t.Fatal(err)
		}
		x := b.Alloc(compute.Float64, 3, 4)
		net.Forward(x, model.Train)
		net.Backward(b.Alloc(compute.Float64, 3, 4))
		if b.forward != c.forward || b.backward != c.backward {
			t.Errorf("%s: %d fused products forward and %d backward, want %d and %d", c.name, b.forward, b.backward, c.forward, c.backward)
		}
	}
}
