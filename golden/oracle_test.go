package golden_test

import (
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"
)

// oracleReplay records what the oracle computes, and expects the replay to find no difference.
func oracleReplay(t *testing.T, o *oracle, validate bool) {
	t.Helper()
	var r recording
	c := o.record(&r, validate)
	failures, report := replayed(t, r.write(t, c))
	if len(failures) > 0 {
		t.Errorf("model %v\noptimizer %v\n%s", c["model"], c["optimizer"], strings.Join(failures, "\n"))
	} else if report.Checked < 40 {
		t.Errorf("only %d comparisons", report.Checked)
	}
}

// combinations is how many of them each optimizer, or rule, is in.
func combinations() int {
	if testing.Short() {
		return 1
	}
	return 4
}

// Feed-forward networks in combinations that chance has chosen, each optimizer several times: up to three
// layers, all that may stand before them, biases of all kinds, circuits, penalties, schedules.
func TestOracleFeedForward(t *testing.T) {
	for i := range combinations() * len(optimizers) {
		optimizer := optimizers[i%len(optimizers)]
		t.Run(fmt.Sprintf("%d_%s", i, optimizer), func(t *testing.T) {
			t.Parallel()
			o := &oracle{rng: rand.New(rand.NewSource(int64(i)))}
			o.train(optimizer)
			o.d, o.out = 8, 8
			o.hidden = some(o, []int{9}, []int{9, 8}, []int{7, 6}, []int{9, 8, 5}, []int{9, 8, 9})
			o.classify = i%4 == 3
			if o.classify {
				o.out = 3
			}
			o.activation, o.projection = some(o, "relu", "tanh", "gelu", "softplus", "leaky_relu"), some(o, "none", "none", "before_noise", "after_noise")
			o.tied = o.hidden[0] == o.hidden[len(o.hidden)-1] && !o.classify && o.maybe()
			o.hiddenBias, o.sharedBias, o.outputBias, o.normalize = o.maybe(), o.maybe(), o.maybe(), o.maybe()
			if o.rng.Intn(3) == 0 {
				o.activation = "relu"
				o.inhibition = map[string]any{"kind": some(o, "all_to_all", "interneuron"), "only_inhibitory": o.maybe(), "steps": 1 + o.rng.Intn(3), "step_size": 0.5}
			}
			if !o.hiddenBias && !o.sharedBias && !o.outputBias && o.inhibition == nil {
				o.biasLR = nil
			}
			oracleReplay(t, o, o.maybe())
		})
	}
}

var approaches = []string{
	"flat_mask", "flat_subtract", "linear_decay_mask", "linear_decay_subtract", "exp_decay_mask", "exp_decay_subtract",
	"gaba_switch_act_bin", "gaba_switch_act", "gaba_switch_grad", "learn_k_sigmoid", "learn_k_reinforce", "",
}

// Sparse distributed memories with every rule and most optimizers; "" is learn_k_shared_bias.
func TestOracleSDM(t *testing.T) {
	for i := range combinations() * len(approaches) {
		approach, optimizer := approaches[i%len(approaches)], optimizers[(i/len(approaches)*5+i)%len(optimizers)]
		t.Run(fmt.Sprintf("%d_%s_%s", i, approach, optimizer), func(t *testing.T) {
			t.Parallel()
			o := &oracle{rng: rand.New(rand.NewSource(int64(1000 + i))), sdm: true, projection: "none", activation: "relu"}
			o.train(optimizer)
			o.d, o.out, o.hidden = 8, 8, []int{12}
			o.classify = i%5 == 4
			if o.classify {
				o.out = 3
			}
			o.hiddenBias, o.outputBias = o.maybe(), o.maybe()
			o.addresses, o.values = o.maybe(), o.maybe()
			o.unit = o.maybe() && !strings.Contains(approach, "subtract")
			o.positive = o.rng.Intn(3) == 0
			o.positiveBias = o.positive && o.maybe()
			o.normalize = !o.positive && o.maybe() // else inputs may be all negative
			o.kRate = 0.05
			o.competition(approach)
			if !o.hiddenBias && !o.sharedBias && !o.outputBias {
				o.biasLR = nil
			}
			oracleReplay(t, o, approach != "learn_k_reinforce" && o.maybe())
		})
	}
}

// competition sets the rule.
func (o *oracle) competition(approach string) {
	if approach == "" {
		o.sharedBias, o.hiddenBias = true, false
		return
	}
	n := o.hidden[0]
	o.top = &oracleTopK{approach: approach, n: n, kMin: 4}
	switch {
	case strings.Contains(approach, "decay"):
		o.top.T = 2
	case strings.HasPrefix(approach, "gaba"):
		o.top.counters, o.top.threshold = make([]float64, n), 20
	case approach == "learn_k_sigmoid":
		o.top.k, o.top.window = newMat(1, 1), 0.5
		o.top.k.v[0] = float64(float32(some(o, 0.3, 2.4, 6.1, 9.6, 13.2)))
	case approach == "learn_k_reinforce": // some of the draws are cut off at 0 and ln n
		o.top.stats = newMat(1, 2)
		o.top.stats.v[0], o.top.stats.v[1] = float64(float32(math.Log(6))), 0.75
	}
}
