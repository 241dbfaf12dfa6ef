package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// stepperRules are all elementwise rules, each in every form that optimizers ask for.
var stepperRules = []struct {
	name string
	rule compute.ElementRule
}{
	{"Adam", compute.AdamRule{Beta1: 0.9, Beta2: 0.999}},
	{"Adam with decay", compute.AdamRule{Beta1: 0.9, Beta2: 0.999, Decays: true}},
	{"Adam with a changing beta", compute.AdamRule{Beta1: 0.123, Beta2: 0.999, Moves: true}},
	{"SGD", compute.SGDRule{}},
	{"SGD with momentum", compute.SGDRule{Velocity: true, Momentum: stepMomentum}},
	{"RMSProp", compute.RMSRule{Keep: 0.99, Add: 0.01}},
	{"AdaGrad", compute.RMSRule{Keep: 1, Add: 1}},
	{"SparseAdam", compute.SparseAdamRule{Beta1: 0.9, Beta2: 0.999}},
	{"SparseSGD", compute.SparseSGDRule{Momentum: stepMomentum}},
}

// stepperRow are numbers for a row of a group: powers of 2, so that they are exact.
func stepperRow(rule compute.ElementRule, group int) []float64 {
	lr := stepLR / float64(1+group)
	switch rule.(type) {
	case compute.AdamRule:
		return []float64{lr, 0.25, 0x1p-20, 0.875, 0.75, 0.25}[:rule.Columns()]
	case compute.RMSRule, compute.SparseAdamRule:
		return []float64{lr, 0x1p-20}
	}
	return []float64{lr}
}

// stepperParts are parts with every constraint, some aligned and some not: rows of one and of several
// threads, of a block, and too long for its shared memory.
func (e *env) stepperParts() (parts []compute.Part, n int) {
	for i, s := range []struct {
		rows, cols int
		positive   bool
		unit       compute.Unit
		frozen     bool
		shifted    bool // begins where no part of a network does
	}{
		{rows: 1, cols: 1},
		{rows: 3, cols: 1, unit: compute.UnitRows},
		{rows: 300, cols: 3, unit: compute.UnitRows, positive: true},
		{rows: 1, cols: 2500},
		{rows: 1, cols: 2050, positive: true, shifted: true},
		{rows: 9, cols: 31, unit: compute.UnitRows, positive: true},
		{rows: 11, cols: 127, unit: compute.UnitRows},
		{rows: 4, cols: 7, unit: compute.UnitColumns, positive: true},
		{rows: 1, cols: 20, positive: true, frozen: true},
		{rows: 5, cols: 40, unit: compute.UnitRows, frozen: true},
		{rows: 3, cols: 5, unit: compute.UnitColumns, frozen: true},
		{rows: 9, cols: 200, unit: compute.UnitRows, shifted: true},
		{rows: 9, cols: 256, unit: compute.UnitRows},
		{rows: 3, cols: 1000, unit: compute.UnitRows, positive: true},
		{rows: 2, cols: 4097, unit: compute.UnitRows},
		{rows: 1, cols: 12301, unit: compute.UnitRows, positive: true},
	} {
		c := compute.NewConstraint(e.b, []int{s.rows, s.cols}, s.positive, s.unit)
		if n = (n + 34) / 32 * 32; s.shifted {
			n++
		}
		parts = append(parts, compute.Part{First: n, Rows: s.rows, Cols: s.cols, Group: i % 2, Constraint: c, Frozen: s.frozen})
		n += s.rows * s.cols
	}
	return parts, n
}

// checkStepper compares a step in one pass with its definition, to rounding; and, bit by bit, with a step
// without constraints and restoring them afterwards.
func checkStepper(e *env) {
	parts, n := e.stepperParts()
	for _, r := range stepperRules {
		c := newStepperCase(e, r.rule, parts, n)
		whole, free, composed := c.stepper(parts), c.stepper(unconstrained(parts)), c.stepper(parts)
		composed.Scratch, composed.Table = e.out(n).Tensor, compute.Tensor{}
		for t := 1; t <= 2; t++ {
			for _, s := range []*caseStepper{whole, free, composed} {
				s.g.set(c.grads)
			}
			whole.Step(e.b, c.clip, c.rows)
			free.Step(e.b, c.clip, c.rows)
			for i := range parts {
				parts[i].Constraint.Restore(e.b, free.Value(&parts[i]))
			}
			composed.StepComposed(e.b, c.clip, c.rows)
			what := fmt.Sprintf("step %d of %s", t, r.name)
			whole.same(what+" and the same in two", free)
			whole.near(what+" and its composition", composed)
		}
	}
}

// unconstrained are the parts that move, as they would without constraints.
func unconstrained(parts []compute.Part) (free []compute.Part) {
	for _, p := range parts {
		if p.Constraint = (compute.Constraint{}); !p.Frozen {
			free = append(free, p)
		}
	}
	return free
}

// stepperCase are a rule's operands.
type stepperCase struct {
	*env
	rule       compute.ElementRule
	clip, rows compute.Tensor
	params     []float64 // NaN between the parts, as everywhere
	state      [2][]float64
	grads      []float64
}

func newStepperCase(e *env, rule compute.ElementRule, parts []compute.Part, n int) *stepperCase {
	nan := func() []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = math.NaN()
		}
		return v
	}
	c := &stepperCase{env: e, rule: rule, clip: e.scalar(stepClip).Tensor, params: nan(), state: [2][]float64{nan(), nan()}, grads: nan()}
	for i, p := range parts {
		k := p.Rows * p.Cols
		copy(c.params[p.First:], e.normal(k))
		copy(c.state[0][p.First:], e.sizesOf(k))
		copy(c.state[1][p.First:], e.sizesOf(k))
		copy(c.grads[p.First:], e.gradient(k, 1))
		if p.Rows != 9 {
			continue
		}
		// Two rows of zeros, which stay, and one with a NaN: in the first such part through its gradient.
		for _, v := range [][]float64{c.params, c.state[0], c.state[1], c.grads} {
			clear(v[p.First+p.Cols : p.First+3*p.Cols])
		}
		c.params[p.First+2*p.Cols] = math.Copysign(0, -1)
		if i == 5 {
			c.grads[p.First+5*p.Cols+3] = math.NaN()
		} else {
			c.params[p.First+5*p.Cols+3] = math.NaN()
		}
	}
	row := append(stepperRow(rule, 0), stepperRow(rule, 1)...)
	c.rows = e.put(row, 2, rule.Columns()).Tensor
	return c
}

// caseStepper is a Stepper whose tensors have margins.
type caseStepper struct {
	*compute.Stepper
	e     *env
	p, g  operand
	state []operand
}

func (c *stepperCase) stepper(parts []compute.Part) *caseStepper {
	s := &caseStepper{e: c.env, p: c.put(c.params, len(c.params)), g: c.put(c.grads, len(c.params))}
	s.Stepper = compute.NewStepper(c.b, c.rule, s.p.Tensor, s.g.Tensor, parts)
	for i := range c.rule.States() {
		s.state = append(s.state, c.put(c.state[i], len(c.params)))
		s.State[i] = s.state[i].Tensor
	}
	return s
}

func (s *caseStepper) same(what string, t *caseStepper) {
	s.e.Helper()
	s.e.same(what+": p", s.p.get(), t.p.get())
	for i, o := range s.state {
		s.e.same(fmt.Sprintf("%s: state %d", what, i), o.get(), t.state[i].get())
	}
}

// near allows for a different order of some operations: a few unit roundoffs of terms that are at most
// some ten times as large as what is compared, or as 1.
func (s *caseStepper) near(what string, t *caseStepper) {
	s.e.Helper()
	compare := func(what string, a, b operand) {
		want := b.get()
		s.e.near(what, a.get(), want, func(i int) float64 { return 64 * s.e.unit() * (1 + math.Abs(want[i])) })
	}
	compare(what+": p", s.p, t.p)
	for i, o := range s.state {
		compare(fmt.Sprintf("%s: state %d", what, i), o, t.state[i])
	}
}

// stepperCalls are a step of each rule, in one of its forms, for the checks of whole steps.
func (e *env) stepperCalls(rows, cols, _ int) []call {
	var all []call
	for _, i := range []int{1, 4, 5, 7, 8} {
		r, n := stepperRules[i], rows*cols
		p, g, m, v := e.put(e.normal(n), n), e.put(e.normal(n), n), e.put(e.sizesOf(n), n), e.put(e.sizesOf(n), n)
		parts := []compute.Part{{Rows: rows, Cols: cols, Constraint: compute.NewConstraint(e.b, []int{rows, cols}, true, compute.UnitRows)}}
		s := compute.NewStepper(e.b, r.rule, p.Tensor, g.Tensor, parts)
		outs := []operand{p}
		for i, o := range []operand{m, v}[:r.rule.States()] {
			s.State[i] = o.Tensor
			outs = append(outs, o)
		}
		clip, row := e.scalar(stepClip).Tensor, e.put(stepperRow(r.rule, 0), 1, r.rule.Columns()).Tensor
		all = append(all, call{"Stepper " + r.name, func() { s.Step(e.b, clip, row) }, outs})
	}
	return all
}
