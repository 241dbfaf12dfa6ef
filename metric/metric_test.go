package metric

import (
	"math"
	"testing"
)

// two layers: 2 samples; the first layer's second neuron never fires, the second layer's only
// neuron always does.
var snapshot = Snapshot{
	Samples: 2, Steps: 4, Loss: 3, Correct: 1, Classes: 10, GradNorm: 2,
	Layers: []Layer{
		{Name: "hidden.0", Fired: []float64{1, 0}, Total: []float64{3, 0}, Bias: []float64{-1, 0}, PreviousBias: []float64{1, 0}},
		{Name: "hidden.1", Fired: []float64{2}, Total: []float64{1}, Bias: []float64{2}, PreviousBias: []float64{-2}},
	},
	Params: []Param{{Name: "hidden.0.weight", Norm: 5, GradNorm: 8}},
}

func TestCompute(t *testing.T) {
	got := map[string]float64{}
	Compute("train", &snapshot, got)
	for name, want := range map[string]float64{
		"train/loss":                            1.5,
		"train/accuracy":                        0.5,
		"train/active_fraction":                 0.5, // 3 of 6 pairs
		"train/active_fraction/hidden.0":        0.25,
		"train/active_fraction/hidden.1":        1,
		"train/dead_fraction":                   1. / 3,
		"train/dead_fraction/hidden.0":          0.5,
		"train/dead_fraction_by_sum":            1. / 3,
		"train/firing_entropy/hidden.0":         0.5, // one bit, and none
		"train/activity_entropy/hidden.1":       0,
		"train/negative_bias_fraction":          1. / 3,
		"train/bias_sign_flips":                 2,
		"train/l2_norm/hidden.0.weight":         5,
		"train/grad_norm":                       0.5,
		"train/grad_norm/hidden.0.weight":       2,
		"train/negative_bias_fraction/hidden.1": 0,
	} {
		v, ok := got[name]
		if !ok || math.Abs(v-want) > 1e-12 {
			t.Errorf("%s = %v (there: %v), want %v", name, v, ok, want)
		}
	}
}

func TestNothingIsNaN(t *testing.T) {
	got := map[string]float64{}
	Compute("val", &Snapshot{Layers: []Layer{{Name: "hidden.0", Fired: make([]float64, 3), Total: make([]float64, 3)}}}, got)
	for name, v := range got {
		if math.IsNaN(v) {
			t.Errorf("%s is NaN for an empty evaluation", name)
		}
	}
	if got["val/dead_fraction"] != 1 {
		t.Errorf("all neurons of an empty evaluation are dead, got %v", got["val/dead_fraction"])
	}
}

// By its sum a neuron is dead below 1e-5, and not at 0 alone; by its samples where none was active.
func TestDeadBySum(t *testing.T) {
	got := map[string]float64{}
	Compute("train", &Snapshot{Samples: 2, Layers: []Layer{{Name: "hidden.0", Fired: []float64{0, 1, 1, 1}, Total: []float64{0, 5e-6, 1e-5, 2e-5}}}}, got)
	if by, dead := got["train/dead_fraction_by_sum"], got["train/dead_fraction"]; by != 0.5 || dead != 0.25 {
		t.Errorf("dead: %v by sum, %v by samples; want 0.5 and 0.25", by, dead)
	}
}

// The entropy of equal shares is log2 of their number.
func TestActivityEntropy(t *testing.T) {
	if h := shareEntropy([]float64{2, 2, 2, 2}); math.Abs(h-2) > 1e-12 {
		t.Errorf("entropy of 4 equal shares is %v, want 2 bits", h)
	}
	if h := BinaryEntropy(0.25); math.Abs(h-0.8112781244591328) > 1e-12 {
		t.Errorf("binary entropy of 1/4 is %v", h)
	}
}

func TestDocs(t *testing.T) {
	for _, l := range Metrics.Lines() {
		if l.Doc == "" {
			t.Errorf("%s has no definition", l.Name)
		}
	}
}
