package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// stepChecks are those of the optimizers' steps beside Adam's.
var stepChecks = []check{
	{"SGD", checkSGD},
	{"RMSProp", checkRMSProp},
	{"SparseAdam", checkSparseAdam},
	{"SparseSGD", checkSparseSGD},
	{"AdamChanging", checkAdamChanging},
	{"Stepper", checkStepper},
	{"Panics", checkStepPanics},
}

// stepShapes hold one with more elements than a chunk of any backend.
var stepShapes = append(shapes[:len(shapes):len(shapes)], [2]int{1025, 17})

// stepCase is one step of an optimizer with p and up to two accumulators: its definition, element
// by element in float64, with the size of the terms that p's change is made of.
type stepCase struct {
	name  string
	state int // accumulators
	run   func(p, m, v, g, scratch compute.Tensor)
	// define returns the new p, m and v, and what bounds p's error and m's, in unit roundoffs.
	define func(p, m, v, g float64) (wantP, wantM, wantV, sizeP, sizeM, sizeV float64)
}

// followSteps does three steps with each case, each compared with a step in float64 from the
// backend's own state before it. The third gradient has a NaN, which may change its own element
// alone, and no element where the step skips it (skipsNaN).
func (e *env) followSteps(c stepCase, skipsNaN bool) {
	for _, s := range e.upTo(1200, stepShapes) {
		n := s[0] * s[1]
		p := e.put(e.normal(n), s[0], s[1])
		m, v := e.put(e.sizesOf(n), s[0], s[1]), e.put(e.sizesOf(n), s[0], s[1])
		g, scratch := e.out(s[0], s[1]), e.out(s[0], s[1])
		for t := 1; t <= 3; t++ {
			oldP, oldM, oldV, grad := p.get(), m.get(), v.get(), e.gradient(n, t)
			g.set(grad)
			c.run(p.Tensor, optionalIf(c.state > 0, m), optionalIf(c.state > 1, v), g.Tensor, scratch.Tensor)
			want, tol := [3][]float64{}, [3][]float64{}
			for i := range grad {
				wp, wm, wv, sp, sm, sv := c.define(oldP[i], oldM[i], oldV[i], grad[i])
				if skipsNaN && math.IsNaN(grad[i]) {
					wp, wm, wv = oldP[i], oldM[i], oldV[i]
				}
				for k, w := range []float64{wp, wm, wv} {
					want[k] = append(want[k], w)
				}
				for k, size := range []float64{sp, sm, sv} {
					tol[k] = append(tol[k], e.unit()*size+4*e.tiny())
				}
			}
			what := fmt.Sprintf("%s of (%d × %d) at offset %d, step %d", c.name, s[0], s[1], e.before, t)
			for k, o := range []operand{p, m, v}[:1+c.state] {
				e.near(what+": "+[]string{"p", "first state", "second state"}[k], o.get(), want[k], func(i int) float64 { return tol[k][i] })
			}
			g.get() // its contents are free, its margins are not
		}
	}
}

// sizesOf returns n positive numbers: accumulators, those of squares among them, that did some steps.
func (e *env) sizesOf(n int) []float64 {
	v := e.normal(n)
	for i := range v {
		v[i] = math.Abs(v[i])
	}
	return v
}

func optionalIf(ok bool, o operand) compute.Tensor {
	if !ok {
		return compute.Tensor{}
	}
	return o.Tensor
}

const stepClip, stepLR, stepEps, stepMomentum = 0.5, 0.0625, 1e-8, 0.9

func checkSGD(e *env) {
	for _, way := range []way[func(b compute.Backend, p, m, g, clip, lr compute.Tensor, momentum float64)]{
		{"SGD", compute.SGD}, {"SGDComposed", compute.SGDComposed},
	} {
		for _, e := range e.offsets() {
			clip, lr := e.scalar(stepClip), e.scalar(stepLR)
			for state, momentum := range []float64{0, stepMomentum} {
				e.followSteps(stepCase{
					name: fmt.Sprintf("%s, momentum %v", way.name, momentum), state: state,
					run: func(p, m, _, g, _ compute.Tensor) { way.do(e.b, p, m, g, clip.Tensor, lr.Tensor, momentum) },
					define: func(p, m, _, g float64) (_, _, _, _, _, _ float64) {
						g *= stepClip
						u := momentum*m + g
						size := momentum*math.Abs(m) + math.Abs(g)
						return p - stepLR*u, u, 0, 2*math.Abs(p) + 6*stepLR*size, 4 * size, 0
					},
				}, false)
			}
		}
	}
}

func checkRMSProp(e *env) {
	for _, way := range []way[func(b compute.Backend, p, s, g, scratch compute.Tensor, c compute.RMSScalars, keep, add float64)]{
		{"RMSProp", compute.RMSProp}, {"RMSPropComposed", compute.RMSPropComposed},
	} {
		for _, e := range e.offsets() {
			c := compute.RMSScalars{Clip: e.scalar(stepClip).Tensor, LR: e.scalar(stepLR).Tensor, Eps: e.scalar(stepEps).Tensor}
			for _, w := range [][2]float64{{0.99, 0.01}, {1, 1}} {
				e.followSteps(stepCase{
					name: fmt.Sprintf("%s, keep %v", way.name, w[0]), state: 1,
					run: func(p, s, _, g, scratch compute.Tensor) { way.do(e.b, p, s, g, scratch, c, w[0], w[1]) },
					define: func(p, s, _, g float64) (_, _, _, _, _, _ float64) {
						g *= stepClip
						s = w[0]*s + w[1]*g*g
						d := stepLR * g / (math.Sqrt(s) + stepEps)
						return p - d, s, 0, 2*math.Abs(p) + 12*math.Abs(d), 6 * s, 0
					},
				}, false)
			}
		}
	}
}

func checkSparseAdam(e *env) {
	for _, way := range []way[func(b compute.Backend, p, m, v, g, scratch compute.Tensor, s compute.SparseAdamScalars, b1, b2 float64)]{
		{"SparseAdam", compute.SparseAdam}, {"SparseAdamComposed", compute.SparseAdamComposed},
	} {
		for _, e := range e.offsets() {
			s := compute.SparseAdamScalars{Clip: e.scalar(stepClip).Tensor, StepSize: e.scalar(stepLR).Tensor, Eps: e.scalar(stepEps).Tensor}
			e.followSteps(stepCase{
				name: way.name, state: 2,
				run: func(p, m, v, g, scratch compute.Tensor) { way.do(e.b, p, m, v, g, scratch, s, 0.9, 0.999) },
				define: func(p, m, v, g float64) (_, _, _, _, _, _ float64) {
					g *= stepClip
					if g == 0 {
						return p, m, v, 0, 0, 0
					}
					sizeM, sizeV := 2*math.Abs(m)+math.Abs(g), 2*v+g*g
					m += 0.1 * (g - m)
					v += 0.001 * (g*g - v)
					denominator := math.Sqrt(v) + stepEps
					return p - stepLR*m/denominator, m, v,
						2*math.Abs(p) + 32*stepLR*sizeM/denominator, 4 * sizeM, 6 * sizeV
				},
			}, true)
		}
	}
}

func checkSparseSGD(e *env) {
	for _, way := range []way[func(b compute.Backend, p, m, g, scratch, clip, lr compute.Tensor, momentum float64)]{
		{"SparseSGD", compute.SparseSGD}, {"SparseSGDComposed", compute.SparseSGDComposed},
	} {
		for _, e := range e.offsets() {
			clip, lr := e.scalar(stepClip), e.scalar(stepLR)
			e.followSteps(stepCase{
				name: way.name, state: 1,
				run: func(p, m, _, g, scratch compute.Tensor) {
					way.do(e.b, p, m, g, scratch, clip.Tensor, lr.Tensor, stepMomentum)
				},
				define: func(p, m, _, g float64) (_, _, _, _, _, _ float64) {
					g *= stepClip
					if g == 0 {
						return p, m, 0, 0, 0, 0
					}
					size := 2*math.Abs(m) + math.Abs(g)
					m = stepMomentum*m + g
					return p - stepLR*m, m, 0, 2*math.Abs(p) + 8*stepLR*size, 6 * size, 0
				},
			}, true)
		}
	}
}

// checkAdamChanging is Adam with weight decay and a first beta in device memory.
func checkAdamChanging(e *env) {
	type adam = func(b compute.Backend, p, m, v, g compute.Tensor, s compute.AdamScalars, beta1, beta2 float64)
	for _, way := range []way[adam]{{"Adam", compute.Adam}, {"AdamComposed", compute.AdamComposed}} {
		for _, e := range e.offsets() {
			const decay, root = 0.875, 0.25 // exact in both types
			for _, beta := range []float64{0.75, 0} {
				s := compute.AdamScalars{
					Clip: e.scalar(stepClip).Tensor, StepSize: e.scalar(stepLR).Tensor, RootBC2: e.scalar(root).Tensor, Eps: e.scalar(stepEps).Tensor,
					Decay: e.scalar(decay).Tensor, Beta1: e.scalar(beta).Tensor, OneMinus1: e.scalar(1 - beta).Tensor,
				}
				e.followSteps(stepCase{
					name: fmt.Sprintf("%s with decay and beta1 %v", way.name, beta), state: 2,
					run: func(p, m, v, g, _ compute.Tensor) { way.do(e.b, p, m, v, g, s, 0.123, 0.999) }, // 0.123 is not used
					define: func(p, m, v, g float64) (_, _, _, _, _, _ float64) {
						g *= stepClip
						sizeM := beta*math.Abs(m) + (1-beta)*math.Abs(g)
						m = beta*m + (1-beta)*g
						v = 0.999*v + 0.001*g*g
						denominator := math.Sqrt(v)/root + stepEps
						return decay*p - stepLR*m/denominator, m, v,
							3*math.Abs(p) + 32*stepLR*sizeM/denominator, 6 * sizeM, 12 * v
					},
				}, false)
			}
		}
	}
}

func checkStepPanics(e *env) {
	b, x, wide, one := e.b, e.zeros(2, 3), e.zeros(2, 4), e.zeros(1)
	none := compute.Tensor{}
	e.mustPanic([]misuse{
		{"", []string{"[2 3]", "[2 4]"}, func() { compute.SGD(b, x, wide, x, one, one, 0.9) }},
		{"", []string{"[2 3]", "[2 4]"}, func() { compute.SGD(b, x, none, wide, one, one, 0.9) }},
		{"", []string{"[2 3]", "[2 4]"}, func() {
			compute.RMSProp(b, x, wide, x, x, compute.RMSScalars{Clip: one, LR: one, Eps: one}, 1, 1)
		}},
		{"", []string{"[2 3]", "[2 4]"}, func() {
			compute.SparseAdam(b, x, x, wide, x, x, compute.SparseAdamScalars{Clip: one, StepSize: one, Eps: one}, 0.9, 0.999)
		}},
		{"", []string{"[2 3]", "[2 4]"}, func() { compute.SparseSGD(b, x, x, wide, x, one, one, 0.9) }},
	})
}
