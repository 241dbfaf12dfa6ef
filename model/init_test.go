package model_test

import (
	"math"
	"slices"
	"testing"

	_ "noise2sparse/compute/cpu"
	"noise2sparse/model"
)

// Parameters begin as torch.nn.Linear's: weights and biases uniform in ±1/√fanIn, where fanIn is the
// number of the layer's inputs; variance fanIn⁻¹/3. Limits are five standard errors.
func TestInitialisation(t *testing.T) {
	fanIn := map[string]int{
		"hidden.0.weight": 250, "hidden.0.bias": 250, "hidden.1.weight": 400, "hidden.1.bias": 400, "output.weight": 300, "output.bias": 300,
	}
	network := func(seed uint64) map[string][]float64 {
		b := openFloat64(t)
		c := model.Config{Kind: "ffn", Hidden: []int{400, 300}, Activation: "relu", HiddenBias: true, OutputBias: true}
		net, err := model.New(b, c, model.Spec{Input: 250, Output: 250, Batch: 1, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		all := map[string][]float64{}
		for _, p := range net.Params().List {
			all[p.Name] = values(b, p.Value)
		}
		return all
	}
	one, again, other := network(1), network(1), network(2)
	if len(one) != len(fanIn) {
		t.Fatalf("%d parameters, want %d", len(one), len(fanIn))
	}
	for name, v := range one {
		bound := 1 / math.Sqrt(float64(fanIn[name]))
		checkUniform(t, name, v, bound)
		if !slices.Equal(v, again[name]) {
			t.Errorf("%s differs between two networks of one seed", name)
		}
		if slices.Equal(v, other[name]) {
			t.Errorf("%s is the same for two seeds", name)
		}
	}
	// Streams of their own: no two parameters begin with the same numbers, up to their scale.
	for a, v := range one {
		for b, w := range one {
			ratio := v[0] / w[0]
			if a < b && math.Abs(v[1]-ratio*w[1]) < 1e-9 && math.Abs(v[2]-ratio*w[2]) < 1e-9 {
				t.Errorf("%s and %s hold the same random numbers", a, b)
			}
		}
	}
}

// checkUniform compares range, mean, variance and the shares of quarters with those of a uniform
// distribution in ±bound.
func checkUniform(t *testing.T, name string, v []float64, bound float64) {
	t.Helper()
	n := float64(len(v))
	var sum, squares, largest float64
	var quarters [4]float64
	for _, x := range v {
		sum += x
		squares += x * x
		largest = math.Max(largest, math.Abs(x))
		quarters[min(3, max(0, int(2*(x/bound+1))))]++
	}
	variance := bound * bound / 3
	if largest > bound || largest < bound*(1-10/n) {
		t.Errorf("%s reaches to %v, want just below %v", name, largest, bound)
	}
	if mean := sum / n; math.Abs(mean) > 5*math.Sqrt(variance/n) {
		t.Errorf("%s has mean %v", name, mean)
	}
	// The square of a uniform number has standard deviation bound²·√(4/45).
	if got := squares / n; math.Abs(got-variance) > 5*bound*bound*math.Sqrt(4./45/n) {
		t.Errorf("%s has variance %v, want %v", name, got, variance)
	}
	for i, q := range quarters {
		if math.Abs(q/n-0.25) > 5*math.Sqrt(0.25*0.75/n) {
			t.Errorf("%s: %v of its numbers lie in quarter %d", name, q/n, i)
		}
	}
}
