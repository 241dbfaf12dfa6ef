package optim

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
)

// bench64 is a network of three parameters, laid out as model does it, on a float64 CPU backend.
type bench64 struct {
	t  *testing.T
	b  compute.Backend
	ps Params
}

func newBench64(t *testing.T) *bench64 {
	t.Helper()
	b, err := compute.Open("cpu", compute.Options{Float: compute.Float64})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return &bench64{t, b, Params{
		Values: b.Alloc(compute.Float64, 96), Grads: b.Alloc(compute.Float64, 96),
		List: []Param{
			{Name: "hidden.0.weight", Lo: 0, Hi: 6, Shape: []int{3, 2}},
			{Name: "hidden.0.bias", Lo: 32, Hi: 35, Shape: []int{3}},
			{Name: "output.weight", Lo: 64, Hi: 70, Shape: []int{2, 3}},
		},
	}}
}

func (n *bench64) set(t compute.Tensor, v []float64) {
	raw := make([]byte, 0, 8*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(x))
	}
	n.b.Upload(t, raw)
}

func (n *bench64) get(t compute.Tensor) []float64 {
	raw := make([]byte, t.Bytes())
	n.b.Download(raw, t)
	v := make([]float64, t.Len())
	for i := range v {
		v[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return v
}

// steps makes the optimizer of c and does n steps without clipping, all gradients being grad(p, i)
// for element i of parameter p. Values start at 1.
func (n *bench64) steps(c Config, count int, grad func(p Param, i int) float64) map[string][]float64 {
	n.t.Helper()
	for _, p := range n.ps.List {
		n.b.Fill(p.View(n.ps.Values), 1)
	}
	plan := Plan{Epochs: 10, StepsPerEpoch: 2}
	o, err := New(n.b, c, n.ps, plan)
	if err != nil {
		n.t.Fatal(err)
	}
	clip, scalars := n.b.Alloc(compute.Float64, 1), n.b.Alloc(compute.Float64, o.Scalars())
	n.b.Fill(clip, 1)
	for s := range count {
		for _, p := range n.ps.List {
			g := make([]float64, p.Hi-p.Lo)
			for i := range g {
				g[i] = grad(p, i)
			}
			n.set(p.View(n.ps.Grads), g)
		}
		row := make([]float64, o.Scalars())
		o.Schedule(row, uint64(s+1), s/plan.StepsPerEpoch, s%plan.StepsPerEpoch)
		n.set(scalars, row)
		o.Step(clip, scalars)
	}
	if err := n.b.Sync(); err != nil {
		n.t.Fatal(err)
	}
	out := map[string][]float64{}
	for _, p := range n.ps.List {
		out[p.Name] = n.get(p.View(n.ps.Values))
	}
	return out
}

func ones(Param, int) float64 { return 1 }

func (n *bench64) near(what string, got []float64, want float64) {
	n.t.Helper()
	for i, v := range got {
		if math.Abs(v-want) > 1e-12 {
			n.t.Errorf("%s[%d] is %v, want %v", what, i, v, want)
			return
		}
	}
}

// Groups follow at rates of their own; frozen parameters stay.
func TestGroups(t *testing.T) {
	c := Config{Kind: "sgd", LR: 0.5}
	n := newBench64(t)
	got := n.steps(c, 1, ones)
	for _, p := range n.ps.List {
		n.near(p.Name, got[p.Name], 0.5)
	}
	c.BiasLR = ptr(0.25)
	got = n.steps(c, 1, ones)
	n.near("weight", got["hidden.0.weight"], 0.5)
	n.near("bias", got["hidden.0.bias"], 0.75)
	n.near("output", got["output.weight"], 0.5)

	n.ps.List[0].LR, n.ps.List[2].Frozen = 0.125, true
	got = n.steps(c, 1, ones)
	n.near("weight with its own rate", got["hidden.0.weight"], 0.875)
	n.near("bias", got["hidden.0.bias"], 0.75)
	n.near("frozen", got["output.weight"], 1)
}

// A frozen parameter rests with every optimizer, and one with a gradient moves.
func TestFrozenRests(t *testing.T) {
	for _, kind := range Optimizers.Names() {
		t.Run(kind, func(t *testing.T) {
			n := newBench64(t)
			n.ps.List[1].Frozen = true
			got := n.steps(Config{Kind: kind, LR: 0.01, Betas: [2]float64{0.9, 0.999}}, 2, ones)
			n.near("frozen", got["hidden.0.bias"], 1)
			if got["hidden.0.weight"][0] >= 1 {
				t.Errorf("the weight did not move against its gradient: %v", got["hidden.0.weight"])
			}
		})
	}
}

func TestDecayBiases(t *testing.T) {
	zero := func(Param, int) float64 { return 0 }
	c := Config{Kind: "adamw", LR: 0.1, Betas: [2]float64{0.9, 0.999}, WeightDecay: ptr(0.5)}
	n := newBench64(t)
	got := n.steps(c, 1, zero)
	n.near("weight", got["hidden.0.weight"], 0.95)
	n.near("bias", got["hidden.0.bias"], 0.95)
	c.DecayBiases = ptr(false)
	got = n.steps(c, 1, zero)
	n.near("weight", got["hidden.0.weight"], 0.95)
	n.near("bias", got["hidden.0.bias"], 1)
	c.BiasLR = ptr(0.2)
	n.near("bias with its own rate", n.steps(c, 1, zero)["hidden.0.bias"], 1)
}

// The betas of AdamW are honoured: with β1 = β2 = 0 each step is η in size.
func TestAdamWBetas(t *testing.T) {
	n := newBench64(t)
	got := n.steps(Config{Kind: "adamw", LR: 0.125, Eps: ptr(0.0), WeightDecay: ptr(0.0)}, 3, func(_ Param, i int) float64 { return float64(i) + 0.5 })
	n.near("weight", got["output.weight"], 1-3*0.125)
}

// Adafactor's relative step is min(0.01, 1/√t) times the schedule's factor; else it is the rate.
func TestAdafactorStep(t *testing.T) {
	c := Config{Kind: "adafactor", LR: 0.25}
	n := newBench64(t)
	n.near("relative", n.steps(c, 1, ones)["output.weight"], 1-0.01) // rms(p) and U are 1
	c.Schedule = ScheduleConfig{Kind: "constant", WarmupEpochs: 1}
	n.near("relative in warm-up", n.steps(c, 1, ones)["output.weight"], 1-0.005)
	c = Config{Kind: "adafactor", LR: 0.25, RelativeStep: ptr(false), BiasLR: ptr(0.5)}
	got := n.steps(c, 1, ones)
	n.near("rate", got["output.weight"], 0.75)
	n.near("rate of biases", got["hidden.0.bias"], 0.5)

	a := &adafactor{Setup: Setup{Config: Config{Kind: "adafactor"}}}
	row := make([]float64, 3)
	a.Schedule(row, Step{T: 40000, Factor: 1}) // beyond 10⁴ steps the root decides
	if row[2] != 0.005 {
		t.Errorf("the relative step 40000 is %v, want 0.005", row[2])
	}
}

// DemonAdam's first beta falls to 0 at total_steps and stays there.
func TestDemonBeta(t *testing.T) {
	n := newBench64(t)
	n.ps.group(Config{LR: 1})
	rule, err := newDemonAdam(Setup{B: n.b, Params: n.ps, Config: Config{Betas: [2]float64{0.9, 0.999}, TotalSteps: ptr(10)}})
	if err != nil {
		t.Fatal(err)
	}
	d, row := rule.(*demonAdam), make([]float64, rule.Scalars())
	for step, want := range map[uint64]float64{5: 0.45 / 0.55, 10: 0, 11: 0} {
		d.Schedule(row, Step{T: step, LR: 1})
		if math.Abs(row[compute.AdamBeta1]-want) > 1e-15 || row[compute.AdamBeta1]+row[compute.AdamOneMinus1] != 1 {
			t.Errorf("step %d: beta1 %v and %v, want %v", step, row[compute.AdamBeta1], row[compute.AdamOneMinus1], want)
		}
		if bc := 1 - math.Pow(want, float64(step)); math.Abs(row[compute.AdamStepSize]-1/bc) > 1e-12 {
			t.Errorf("step %d: step size %v, want %v", step, row[compute.AdamStepSize], 1/bc)
		}
	}
}

func TestShampooRefusesLargeSides(t *testing.T) {
	n := newBench64(t)
	n.ps.Values = n.b.Alloc(compute.Float64, shampooMax+1)
	n.ps.Grads = n.b.Alloc(compute.Float64, shampooMax+1)
	n.ps.List = []Param{{Name: "hidden.0.bias", Hi: shampooMax + 1, Shape: []int{shampooMax + 1}}}
	_, err := New(n.b, Config{Kind: "shampoo"}, n.ps, Plan{1, 1})
	want := fmt.Sprintf("optimizer shampoo: hidden.0.bias is [%d]: its sides may not exceed %d", shampooMax+1, shampooMax)
	if err == nil || len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
		t.Errorf("got %v, want %s...", err, want)
	}
}
