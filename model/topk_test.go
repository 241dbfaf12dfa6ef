package model_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/model"
)

// rows of activations for rules on their own, with negative ones and, in the third row, fewer
// positive ones than k.
const ruleRows, ruleWidth = 3, 6

var ruleInput = []float64{
	3, -1, 2, 0.5, 1, 4,
	-2, 5, 0.25, 6, 0.75, -3,
	-1, 2, -3, -4, -5, 0,
}

// passes runs a rule forward and backward and returns what comes out; dpost is 1, 2, 3, ...
func passes(t *testing.T, c model.TopKConfig, counters []float64) (post, dpre []float64, rule model.TopK, b compute.Backend) {
	t.Helper()
	b = openFloat64(t)
	rule, err := model.NewTopK(b, c, ruleRows, ruleWidth)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range rule.State() {
		if s.Name == "top_k.activation_counters" && counters != nil {
			upload(b, s.Tensor, counters)
		}
	}
	up := make([]float64, len(ruleInput))
	for i := range up {
		up[i] = float64(i + 1)
	}
	x, y, d := tensor(b, ruleInput, ruleRows, ruleWidth), b.Alloc(compute.Float64, ruleRows, ruleWidth), tensor(b, up, ruleRows, ruleWidth)
	rule.Forward(y, x, model.Train)
	rule.Backward(d, d, y, x)
	return values(b, y), values(b, d), rule, b
}

// kth is the k-th largest of max(x, 0).
func kth(row []float64, k int) float64 {
	s := slices.Clone(row)
	slices.Sort(s)
	return max(s[len(s)-k], 0)
}

// subtracted is relu(relu(x) − r_j s), whose constants are r and s, and its derivative by x.
func subtracted(x, rs float64) (y, slope float64) {
	y = max(max(x, 0)-rs, 0)
	if y > 0 && x > 0 {
		slope = 1
	}
	return y, slope
}

// TestTopKSubtract: the threshold is a constant for the gradient; the k-th itself becomes 0.
func TestTopKSubtract(t *testing.T) {
	for _, k := range []int{1, 2, 4, 6} {
		post, dpre, _, _ := passes(t, model.TopKConfig{Kind: "flat_subtract", K: &k, Blocks: 1}, nil)
		for i, x := range ruleInput {
			row := ruleInput[i/ruleWidth*ruleWidth:][:ruleWidth]
			y, slope := subtracted(x, kth(row, k))
			if post[i] != y || dpre[i] != slope*float64(i+1) {
				t.Errorf("k %d, element %d: %v with gradient %v, want %v with %v", k, i, post[i], dpre[i], y, slope*float64(i+1))
			}
		}
	}
}

// TestTopKBlocks: winners are chosen inside each block of neighbours.
func TestTopKBlocks(t *testing.T) {
	post, dpre, _, _ := passes(t, model.TopKConfig{Kind: "flat_mask", K: ptr(2), Blocks: 2}, nil)
	want := []float64{
		3, 0, 0, 0, 0, 4,
		0, 5, 0, 6, 0, 0,
		0, 2, 0, 0, 0, 0,
	}
	for i := range want {
		gradient := 0.0
		if want[i] > 0 {
			gradient = float64(i + 1)
		}
		if post[i] != want[i] || dpre[i] != gradient {
			t.Fatalf("blocks: %v with gradient %v, want %v", post, dpre, want)
		}
	}
}

// TestTopKGaba: neurons are excited, left alone or inhibited by their counters; the counters count;
// an excited neuron without activity of its own passes no gradient.
func TestTopKGaba(t *testing.T) {
	counters := []float64{0, 10, 5, 5, 20, 0}
	response := []float64{-1, 1, 0, 0, 1, -1}
	for _, kind := range []string{"gaba_switch_act", "gaba_switch_act_bin", "gaba_switch_grad"} {
		r, before, add := response, counters, make([]float64, ruleWidth)
		if kind == "gaba_switch_grad" {
			before, r = nil, []float64{-1, -1, -1, -1, -1, -1}
		}
		post, dpre, rule, b := passes(t, model.TopKConfig{Kind: kind, K: ptr(2), Blocks: 1, SwitchThreshold: ptr(10.0)}, before)
		for i, x := range ruleInput {
			row := ruleInput[i/ruleWidth*ruleWidth:][:ruleWidth]
			y, slope := subtracted(x, r[i%ruleWidth]*kth(row, 3))
			if post[i] != y || dpre[i] != slope*float64(i+1) {
				t.Errorf("%s, element %d: %v with gradient %v, want %v with %v", kind, i, post[i], dpre[i], y, slope*float64(i+1))
			}
			switch {
			case kind == "gaba_switch_act":
				add[i%ruleWidth] += y
			case kind == "gaba_switch_act_bin" && y > 0:
				add[i%ruleWidth]++
			}
		}
		for j, got := range values(b, rule.State()[0].Tensor) {
			want := add[j]
			if before != nil {
				want += before[j]
			}
			if got != want {
				t.Errorf("%s: counter %d is %v, want %v", kind, j, got, want)
			}
		}
	}
}

// TestTopKGabaInEvaluation: evaluation counts, unless it is excluded.
func TestTopKGabaInEvaluation(t *testing.T) {
	for _, counts := range []*bool{nil, ptr(false)} {
		b := openFloat64(t)
		rule, err := model.NewTopK(b, model.TopKConfig{
			Kind: "gaba_switch_act_bin", K: ptr(2), Blocks: 1, SwitchThreshold: ptr(10.0), CountInEvaluation: counts,
		}, ruleRows, ruleWidth)
		if err != nil {
			t.Fatal(err)
		}
		rule.Forward(b.Alloc(compute.Float64, ruleRows, ruleWidth), tensor(b, ruleInput, ruleRows, ruleWidth), model.Eval)
		if got := slices.Max(values(b, rule.State()[0].Tensor)) > 0; got != (counts == nil) {
			t.Errorf("count_in_evaluation %v: counted is %v", counts, got)
		}
	}
}

// fixedDeviates are given standard normal numbers.
type fixedDeviates struct {
	b compute.Backend
	v compute.Tensor
}

func (f fixedDeviates) On(model.Mode) bool { return true }
func (f fixedDeviates) Add(dst, src compute.Tensor, _ model.Mode) {
	f.b.Binary(compute.Add, dst, src, f.v)
}

// sampled builds an SDM of 8 neurons with a sampled k, passes five samples, and lets it learn from
// losses, in the s-th step s times those given. It returns the distribution's parameters afterwards.
func sampled(t *testing.T, c model.TopKConfig, eps, losses []float64, steps int) (b compute.Backend, n model.Network, stats []float64) {
	t.Helper()
	b = openFloat64(t)
	n, err := model.New(b, sdmConfig(8, model.SDMConfig{}), model.Spec{
		Input: 4, Output: 4, Batch: len(eps), Seed: 1, TopK: c, Deviates: fixedDeviates{b, tensor(b, eps, len(eps), 1)},
	})
	if err != nil {
		t.Fatal(err)
	}
	x := tensor(b, normals(rand.New(rand.NewPCG(1, 1)), 4*len(eps)), len(eps), 4)
	for step := range steps {
		scaled := slices.Clone(losses)
		for i := range scaled {
			scaled[i] *= float64(step + 1)
		}
		n.Forward(x, model.Train)
		n.(model.LossLearner).Learn(tensor(b, scaled, len(scaled)))
	}
	return b, n, values(b, n.Params().List[0].Value)
}

var (
	sampleEps    = []float64{0.5, -9, 0.1, 9, -0.4} // the second and the fourth are clipped
	sampleLosses = []float64{1, 2, 0.5, 3, 0.25}
)

// TestReinforce: the step of FORMAT.md section 7, and the gradient that the next clip norm sees.
func TestReinforce(t *testing.T) {
	const mean, scale, rate = 1.0, 0.5, 0.1
	b, n, got := sampled(t, model.TopKConfig{Kind: "learn_k_reinforce", InitialLogK: ptr(mean), InitialScale: ptr(scale), LR: ptr(rate), Blocks: 1},
		sampleEps, sampleLosses, 1)
	var g [2]float64
	for i, e := range sampleEps {
		raw := mean + scale*e
		z := min(max(raw, 0), math.Log(8))
		var byMean float64
		byScale := -1 / scale
		if d := z - mean; z != raw {
			byMean = d / (scale * scale)
			byScale = d*d/(scale*scale*scale) - 1/scale
		}
		g[0] -= byMean * sampleLosses[i] / float64(len(sampleEps))
		g[1] -= byScale * sampleLosses[i] / float64(len(sampleEps))
	}
	for i, want := range []float64{mean - rate*g[0], scale - rate*g[1]} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("parameter %d is %v, want %v", i, got[i], want)
		}
	}
	n.Backward(b.Alloc(compute.Float64, len(sampleEps), 4))
	for i, v := range values(b, n.Params().List[0].Grad) {
		if math.Abs(v-g[i]) > 1e-12 {
			t.Errorf("carried gradient %d is %v, want %v", i, v, g[i])
		}
	}
}

// TestScoreFunction: two steps against the formula, with the running baseline and the clip.
func TestScoreFunction(t *testing.T) {
	const mean0, scale0, rate, decay, limit = 1.0, 0.5, 0.1, 0.75, 0.4
	mean, scale, baseline := mean0, scale0, 0.0
	for step := range 2 {
		var g [2]float64
		var average float64
		for _, l := range sampleLosses {
			average += float64(step+1) * l / float64(len(sampleLosses))
		}
		if step == 0 {
			baseline = average
		}
		for i, e := range sampleEps {
			a := (float64(step+1)*sampleLosses[i] - baseline) / float64(len(sampleEps))
			g[0] += a * e / scale
			g[1] += a * (e*e - 1) / scale
		}
		factor := min(1, limit/(math.Hypot(g[0], g[1])+1e-6))
		mean, scale = mean-rate*factor*g[0], max(scale-rate*factor*g[1], 0.01)
		baseline = decay*baseline + (1-decay)*average
	}
	_, _, got := sampled(t, model.TopKConfig{
		Kind: "learn_k_score_function", InitialLogK: ptr(mean0), InitialScale: ptr(scale0), LR: ptr(rate),
		ClipNorm: ptr(limit), BaselineDecay: ptr(decay), Blocks: 1,
	}, sampleEps, sampleLosses, 2)
	for i, want := range []float64{mean, scale} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("parameter %d is %v, want %v", i, got[i], want)
		}
	}
}

// TestScoreFunctionFindsTheBetterSide: where larger k has smaller losses, the mean of ln k rises, and
// with the reference's estimator it does not move.
func TestScoreFunctionFindsTheBetterSide(t *testing.T) {
	eps := []float64{-1, -0.5, 0.5, 1}
	losses := []float64{4, 3, 2, 1}
	for kind, rises := range map[string]bool{"learn_k_score_function": true, "learn_k_reinforce": false} {
		_, _, got := sampled(t, model.TopKConfig{Kind: kind, InitialLogK: ptr(1.0), InitialScale: ptr(0.3), LR: ptr(0.01), Blocks: 1}, eps, losses, 5)
		if (got[0] > 1.001) != rises {
			t.Errorf("%s: the mean of ln k went from 1 to %v", kind, got[0])
		}
	}
}
