package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// adamState is one parameter with its moments and gradient.
type adamState struct{ p, m, v, g []float64 }

// adamHyper are the operands of one step.
type adamHyper struct{ clip, stepSize, rootBC2, eps, beta1, beta2 float64 }

// step is the definition, element by element in float64, and the bounds of each result's rounding:
// a few unit roundoffs of the terms added.
func (h adamHyper) step(s adamState, unit, tiny float64) (want, tol adamState) {
	for i := range s.p {
		g := h.clip * s.g[i]
		m := h.beta1*s.m[i] + (1-h.beta1)*g
		sizeM := h.beta1*math.Abs(s.m[i]) + (1-h.beta1)*math.Abs(g)
		v := h.beta2*s.v[i] + (1-h.beta2)*g*g
		denominator := math.Sqrt(v)/h.rootBC2 + h.eps
		want.p = append(want.p, s.p[i]-h.stepSize*m/denominator)
		want.m = append(want.m, m)
		want.v = append(want.v, v)
		tol.p = append(tol.p, 2*unit*math.Abs(s.p[i])+24*unit*h.stepSize*sizeM/denominator+tiny)
		tol.m = append(tol.m, 6*unit*sizeM+tiny)
		tol.v = append(tol.v, 8*unit*v+2*tiny)
	}
	return want, tol
}

// checkAdam follows several steps; each is compared with a step in float64 from the backend's own
// state before it, so that errors don't add up and the bounds can be tight.
func checkAdam(e *env) {
	type adam = func(b compute.Backend, p, m, v, g compute.Tensor, s compute.AdamScalars, beta1, beta2 float64)
	for _, way := range []way[adam]{{"Adam", compute.Adam}, {"AdamComposed", compute.AdamComposed}} {
		name, do := way.name, way.do
		for _, e := range e.offsets() {
			for _, s := range e.upTo(1200, stepShapes) {
				n := s[0] * s[1]
				p, m, v, g := e.put(e.normal(n), s[0], s[1]), e.put(make([]float64, n), s[0], s[1]), e.put(make([]float64, n), s[0], s[1]), e.out(s[0], s[1])
				for t := 1.0; t <= 3; t++ {
					h := adamHyper{1 / t, e.round(1e-3 / (1 - math.Pow(0.9, t))), e.round(math.Sqrt(1 - math.Pow(0.999, t))), e.round(1e-8), 0.9, 0.999}
					h.clip = e.round(h.clip)
					before := adamState{p.get(), m.get(), v.get(), e.gradient(n, int(t))}
					g.set(before.g)
					scalars := compute.AdamScalars{
						Clip: e.scalar(h.clip).Tensor, StepSize: e.scalar(h.stepSize).Tensor,
						RootBC2: e.scalar(h.rootBC2).Tensor, Eps: e.scalar(h.eps).Tensor,
					}
					do(e.b, p.Tensor, m.Tensor, v.Tensor, g.Tensor, scalars, h.beta1, h.beta2)
					want, tol := h.step(before, e.unit(), e.tiny())
					what := fmt.Sprintf("%s of (%d × %d) at offset %d, step %v", name, s[0], s[1], e.before, t)
					e.near(what+": m", m.get(), want.m, func(i int) float64 { return tol.m[i] })
					e.near(what+": v", v.get(), want.v, func(i int) float64 { return tol.v[i] })
					e.near(what+": p", p.get(), want.p, func(i int) float64 { return tol.p[i] })
					g.get() // its contents are free, its margins are not
				}
			}
		}
	}
}

// gradient holds small and large entries, exact zeros as dead neurons have them, and at step 3 a
// NaN, which must reach its own element alone.
func (e *env) gradient(n, step int) []float64 {
	g := e.normal(n)
	for i := range g {
		switch i % 5 {
		case 1:
			g[i] = 0
		case 2:
			g[i] = e.round(g[i] * 1e-4)
		case 3:
			g[i] = e.round(g[i] * 1e4)
		}
	}
	if step == 3 {
		g[n/2] = math.NaN()
	}
	return g
}
