package optim

import (
	"math"
	"slices"
	"testing"

	"noise2sparse/compute"
)

// One rate for all is one pass over everything; several are as few as the layout allows.
func TestParts(t *testing.T) {
	positive := compute.Constraint{Positive: true}
	for _, c := range []struct {
		name   string
		config Config
		change func(ps []Param)
		want   []compute.Part
	}{
		{"one group", Config{LR: 1}, nil, []compute.Part{{Rows: 1, Cols: 96}}},
		{"two groups", Config{LR: 1, BiasLR: ptr(2.0)}, nil, []compute.Part{
			{Rows: 1, Cols: 6}, {First: 32, Rows: 1, Cols: 3, Group: 1}, {First: 64, Rows: 1, Cols: 6},
		}},
		{"frozen", Config{LR: 1}, func(ps []Param) { ps[2].Frozen = true }, []compute.Part{{Rows: 1, Cols: 35}}},
		{"frozen between", Config{LR: 1}, func(ps []Param) { ps[1].Frozen = true }, []compute.Part{
			{Rows: 1, Cols: 6}, {First: 64, Rows: 1, Cols: 6},
		}},
		{"all positive", Config{LR: 1}, func(ps []Param) {
			ps[0].Constraint, ps[1].Constraint, ps[2].Constraint = positive, positive, positive
		}, []compute.Part{{Rows: 1, Cols: 70, Constraint: positive}}},
		{"weights positive", Config{LR: 1}, func(ps []Param) { ps[0].Constraint, ps[2].Constraint = positive, positive }, []compute.Part{
			{Rows: 1, Cols: 6, Constraint: positive}, {First: 32, Rows: 1, Cols: 3}, {First: 64, Rows: 1, Cols: 6, Constraint: positive},
		}},
		{"frozen unit rows", Config{LR: 1}, func(ps []Param) {
			ps[0].Constraint, ps[0].Frozen = compute.Constraint{Unit: compute.UnitRows}, true
		}, []compute.Part{
			{Rows: 3, Cols: 2, Constraint: compute.Constraint{Unit: compute.UnitRows}, Frozen: true}, {First: 32, Rows: 1, Cols: 38},
		}},
	} {
		n := newBench64(t)
		if c.change != nil {
			c.change(n.ps.List)
		}
		n.ps.group(c.config)
		if !slices.Equal(n.ps.parts, c.want) {
			t.Errorf("%s: %v, want %v", c.name, n.ps.parts, c.want)
		}
	}
}

// Every optimizer's step restores what must hold of the parameters, of frozen ones too.
func TestConstraintsHold(t *testing.T) {
	for _, kind := range Optimizers.Names() {
		for _, frozen := range []bool{false, true} {
			n := newBench64(t)
			for i, unit := range []compute.Unit{compute.UnitRows, compute.NotUnit, compute.UnitColumns} {
				p := &n.ps.List[i]
				p.Constraint = compute.NewConstraint(n.b, p.Shape, true, unit)
				p.Frozen = frozen && i == 0
			}
			// The second number of each row falls below 0, the others grow.
			got := n.steps(Config{Kind: kind, LR: 8, RelativeStep: relative(kind), Betas: [2]float64{0.9, 0.999}}, 1,
				func(p Param, i int) float64 { return []float64{-1, 1}[i%p.Shape[len(p.Shape)-1]%2] })
			w, bias, v := got["hidden.0.weight"], got["hidden.0.bias"], got["output.weight"]
			for i := range 3 {
				if frozen {
					n.near(kind+": frozen weight", w[2*i:2*i+2], math.Sqrt(0.5))
				} else if math.Abs(w[2*i]-1) > 1e-12 || w[2*i+1] != 0 {
					t.Errorf("%s: row %d of the weights is %v, want [1 0]", kind, i, w[2*i:2*i+2])
				}
			}
			if !(bias[0] > 1 && bias[1] == 0) {
				t.Errorf("%s: the biases are %v, want one above 1, then 0", kind, bias)
			}
			for j, want := range []float64{1, 0, 1} {
				if length := math.Hypot(v[j], v[3+j]); math.Abs(length-want) > 1e-12 {
					t.Errorf("%s: column %d of the outgoing weights %v has length %v, want %v", kind, j, v, length, want)
				}
			}
		}
	}
}

// relative makes the learning rate count.
func relative(kind string) *bool {
	if kind == "adafactor" {
		return ptr(false)
	}
	return nil
}
