package model_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
	"noise2sparse/model"
)

func attentionConfig(beta float64, normalize bool) model.Config {
	return model.Config{
		Kind: "attention", Hidden: []int{1}, Activation: "relu",
		Attention: model.AttentionConfig{Beta: beta, Normalize: normalize},
	}
}

// keysOf makes a Spec's keys: n normal rows, the second one zero.
func keysOf(n, d int) func(b compute.Backend, s *model.Spec) {
	return func(b compute.Backend, s *model.Spec) {
		v := normals(rand.New(rand.NewPCG(1, 2)), n*d)
		clear(v[d : 2*d])
		s.Keys = tensor(b, v, n, d)
	}
}

func TestAttentionGradients(t *testing.T) {
	for _, normalize := range []bool{false, true} {
		for _, beta := range []float64{0, 0.7, -1, 5} {
			t.Run(fmt.Sprintf("beta=%v/normalize=%v", beta, normalize), func(t *testing.T) {
				checkGradients(t, gradientCase{
					config: attentionConfig(beta, normalize), input: 6, output: 6, batch: 9, seed: 3, prepare: keysOf(17, 6),
				})
			})
		}
	}
}

// Tiles change nothing: a batch cut into tiles, the last one smaller, gives row by row what batches
// of one give.
func TestAttentionTiles(t *testing.T) {
	const n, d, batch = 100, 2, 9
	b := openFloat64(t)
	var s model.Spec
	keysOf(n, d)(b, &s)
	build := func(size int) model.Network {
		net, err := model.New(b, attentionConfig(3, true), model.Spec{Input: d, Output: d, Batch: size, Keys: s.Keys})
		if err != nil {
			t.Fatal(err)
		}
		return net
	}
	whole, single := build(batch), build(1)
	model.SetTile(whole, 4)
	x := tensor(b, normals(rand.New(rand.NewPCG(5, 6)), batch*d), batch, d)
	got := values(b, whole.Forward(x, model.Train))
	ones := tensor(b, onesOf(batch*d), batch, d)
	whole.Backward(ones)
	gradient := values(b, whole.Params().List[0].Grad)[0]
	var sum float64
	for i := range batch {
		want := values(b, single.Forward(x.Slice(i, i+1), model.Train))
		for j := range d {
			if math.Abs(got[i*d+j]-want[j]) > 1e-12 {
				t.Errorf("row %d: %v in a batch, %v alone", i, got[i*d:(i+1)*d], want)
			}
		}
		single.Backward(tensor(b, onesOf(d), 1, d))
		sum += values(b, single.Params().List[0].Grad)[0]
	}
	if math.Abs(gradient-sum) > 1e-10 {
		t.Errorf("gradient %v in a batch, %v of its rows", gradient, sum)
	}
}

func onesOf(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

// A cold memory recalls the nearest sample; at beta 0 it gives the mean of all.
func TestAttentionLimits(t *testing.T) {
	keys := []float64{1, 0, 0, 1, -1, 0}
	for _, c := range []struct {
		beta float64
		want [2]float64
	}{{1e4, [2]float64{0, 1}}, {0, [2]float64{0, 1. / 3}}} {
		b := openFloat64(t)
		net, err := model.New(b, attentionConfig(c.beta, true), model.Spec{Input: 2, Output: 2, Batch: 1, Keys: tensor(b, keys, 3, 2)})
		if err != nil {
			t.Fatal(err)
		}
		got := values(b, net.Forward(tensor(b, []float64{0.1, 3}, 1, 2), model.Eval))
		if math.Abs(got[0]-c.want[0]) > 1e-15 || math.Abs(got[1]-c.want[1]) > 1e-15 {
			t.Errorf("beta %v recalls %v, want %v", c.beta, got, c.want)
		}
	}
}

func TestAttentionRefused(t *testing.T) {
	cfg := attentionConfig(math.Inf(1), true)
	cfg.Activation = "gelu"
	var ps problem.List
	cfg.Check(&ps)
	for _, want := range []string{"attention.beta: is +Inf", "has no hidden layers"} {
		if got := fmt.Sprint(ps.All()); !strings.Contains(got, want) {
			t.Errorf("problems %s, want %q among them", got, want)
		}
	}
	b := openFloat64(t)
	if _, err := model.New(b, attentionConfig(1, true), model.Spec{Input: 2, Output: 3, Batch: 1, Keys: b.Alloc(compute.Float64, 3, 2)}); err == nil {
		t.Error("a memory of rows of 2 with outputs of 3 was built")
	}
	if _, err := model.New(b, attentionConfig(1, true), model.Spec{Input: 2, Output: 2, Batch: 1}); err == nil {
		t.Error("a memory without samples was built")
	}
}
