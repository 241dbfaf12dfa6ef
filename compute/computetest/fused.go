package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// Each fused operation is compared with its formula in float64 twice: as the backend does it, and
// as its composition of the backend's primitives. So the two agree to rounding as well.
var fusedChecks = []check{
	{"BiasReLU", checkBiasReLU},
	{"ReLUBackward", checkReLUBackward},
	{"CountActive", checkCountActive},
	{"MSE", checkMSE},
	{"Adam", checkAdam},
	{"EndBackward", checkEndBackward},
	{"NormalizeRows", checkNormalizeRows},
	{"NormalizeRowsBackward", checkNormalizeRowsBackward},
	{"Panics", checkFusedPanics},
}

var fusedShapes = append(shapes, teamRows, [2]int{1025, 17}, [2]int{64, 1000})

// way is one of the two ways to do a fused operation.
type way[F any] struct {
	name string
	do   F
}

type biasReLU = func(b compute.Backend, y, bias, fired, total compute.Tensor)

func checkBiasReLU(e *env) {
	for _, way := range []way[biasReLU]{{"BiasReLU", compute.BiasReLU}, {"BiasReLUComposed", compute.BiasReLUComposed}} {
		name, do := way.name, way.do
		for _, e := range e.offsets() {
			for _, s := range e.upTo(large, fusedShapes) {
				for options := range 8 {
					if !e.tries(options, 3, s[0]*s[1]) {
						continue
					}
					values := e.normal(s[0] * s[1])
					e.biasReLUCase(name, do, values, s[0], s[1], options)
				}
			}
			special := e.mixed(17 * 65)
			for i, v := range special {
				if math.Abs(v) > 1e30 && !math.IsInf(v, 0) {
					special[i] = e.round(1e-30) // whether a sum of the largest numbers overflows is left open
				}
			}
			e.biasReLUCase(name, do, special, 17, 65, 7)
		}
	}
}

// biasReLUCase runs with a bias, fired and total where bits 0, 1 and 2 of options are set.
func (e *env) biasReLUCase(name string, do biasReLU, values []float64, rows, cols, options int) {
	e.Helper()
	b, oldFired, oldTotal := e.normal(cols), make([]float64, cols), e.normal(cols)
	for j := range oldFired {
		oldFired[j] = float64(j)
	}
	y, bias := e.put(values, rows, cols), e.put(b, cols)
	fired, total := e.putAs(compute.Float64, oldFired, cols), e.putAs(compute.Float64, oldTotal, cols)
	optional := func(bit int, t operand) compute.Tensor {
		if options&bit == 0 {
			return compute.Tensor{}
		}
		return t.Tensor
	}
	do(e.b, y.Tensor, optional(1, bias), optional(2, fired), optional(4, total))
	post := make([]float64, len(values))
	for i, v := range values {
		if options&1 != 0 {
			v = e.round(v + b[i%cols])
		}
		if v < 0 {
			v = 0
		}
		post[i] = v
	}
	what := fmt.Sprintf("%s of (%d × %d) at offset %d, bias %v, fired %v, total %v", name, rows, cols, e.before,
		options&1 != 0, options&2 != 0, options&4 != 0)
	e.equal(what+": y", y.get(), post)
	e.same(what+": bias afterwards", bias.get(), b)
	if options&2 != 0 {
		counts, _ := columnSums(post, rows, cols, func(x float64) float64 { return indicator(x > 0) })
		for j := range counts {
			oldFired[j] += counts[j]
		}
	}
	sizes := make([]float64, cols)
	if options&4 != 0 {
		var sums []float64
		sums, sizes = columnSums(post, rows, cols, func(x float64) float64 { return x })
		for j := range sums {
			oldTotal[j] += sums[j]
		}
	}
	e.equal(what+": fired", fired.get(), oldFired)
	e.near(what+": total", total.get(), oldTotal, func(j int) float64 { return sumTolerance*e.unit()*sizes[j] + float64(rows)*e.tiny() })
}

func checkReLUBackward(e *env) {
	for _, way := range []way[func(b compute.Backend, dpre, dbias, dpost, post compute.Tensor)]{
		{"ReLUBackward", compute.ReLUBackward}, {"ReLUBackwardComposed", compute.ReLUBackwardComposed},
	} {
		name, do := way.name, way.do
		for _, e := range e.offsets() {
			for _, s := range e.upTo(large, fusedShapes) {
				rows, cols := s[0], s[1]
				grad, post := e.normal(rows*cols), e.mixed(rows*cols)
				want := make([]float64, rows*cols)
				for i := range want {
					if post[i] > 0 {
						want[i] = grad[i]
					}
				}
				sums, sizes := columnSums(want, rows, cols, func(x float64) float64 { return x })
				for options := range 4 {
					what := fmt.Sprintf("%s of (%d × %d) at offset %d, options %d", name, rows, cols, e.before, options)
					dpost, a := e.put(grad, rows, cols), e.put(post, rows, cols)
					dpre, dbias := e.out(rows, cols), e.out(cols)
					if options&1 != 0 {
						dpre = dpost
					}
					if options&2 == 0 {
						do(e.b, dpre.Tensor, dbias.Tensor, dpost.Tensor, a.Tensor)
						e.near(what+": dbias", dbias.get(), sums, func(j int) float64 { return sumTolerance * e.unit() * sizes[j] })
					} else {
						do(e.b, dpre.Tensor, compute.Tensor{}, dpost.Tensor, a.Tensor)
					}
					e.equal(what+": dpre", dpre.get(), want)
					e.same(what+": post afterwards", a.get(), post)
				}
			}
		}
	}
}

func checkMSE(e *env) {
	for _, way := range []way[func(b compute.Backend, total, grad, out, target compute.Tensor, scale float64)]{
		{"MSE", compute.MSE}, {"MSEComposed", compute.MSEComposed},
	} {
		name, do := way.name, way.do
		for _, e := range e.offsets() {
			for _, s := range e.upTo(large, fusedShapes) {
				rows, cols := s[0], s[1]
				y, goal := e.normal(rows*cols), e.normal(rows*cols)
				if rows == 7 {
					y[5], y[70], goal[71] = math.NaN(), math.Inf(1), math.Inf(1)
				}
				scale := 2 / float64(rows*cols)
				residual, grad := make([]float64, len(y)), make([]float64, len(y))
				for i := range y {
					residual[i] = e.round(y[i] - goal[i])
					grad[i] = scale * residual[i]
				}
				square, _ := columnSums(residual, len(residual), 1, func(x float64) float64 { return x * x })
				total, g := e.alloc(compute.Float64, 1), e.out(rows, cols)
				out, target := e.put(y, rows, cols), e.put(goal, rows, cols)
				do(e.b, total.Tensor, g.Tensor, out.Tensor, target.Tensor, scale)
				what := fmt.Sprintf("%s of (%d × %d) at offset %d", name, rows, cols, e.before)
				e.near(what+": total", total.get(), square, within(sumTolerance*e.unit()*square[0]))
				e.near(what+": grad", g.get(), grad, func(i int) float64 { return 3*e.unit()*math.Abs(grad[i]) + e.tiny() })
				e.same(what+": out afterwards", out.get(), y)
				e.same(what+": target afterwards", target.get(), goal)
			}
		}
	}
}

func checkFusedPanics(e *env) {
	b, x, wide := e.b, e.zeros(2, 3), e.zeros(2, 4)
	none, scalar := compute.Tensor{}, e.zeros(1)
	total := b.Alloc(compute.Float64, 1)
	s := compute.AdamScalars{Clip: scalar, StepSize: scalar, RootBC2: scalar, Eps: scalar}
	e.mustPanic([]misuse{
		{"", []string{"[2 3]", "[2]"}, func() { compute.BiasReLU(b, x, e.zeros(2), none, none) }},
		{"", []string{"[2 3]", "[2]"}, func() { compute.BiasReLU(b, x, none, b.Alloc(compute.Float64, 2), none) }},
		{"", []string{"[2 3]", "[2 4]"}, func() { compute.ReLUBackward(b, x, none, wide, x) }},
		{"", []string{"[2 3]", "[2]"}, func() { compute.ReLUBackward(b, x, e.zeros(2), x, x) }},
		{"", []string{"[2 3]", "[2 4]"}, func() { compute.MSE(b, total, x, x, wide, 1) }},
		{"", []string{"[2 3]", "[2]"}, func() { compute.MSE(b, b.Alloc(compute.Float64, 2), x, x, x, 1) }},
		{"", []string{"[2 3]", "[2 4]"}, func() { compute.Adam(b, x, x, x, wide, s, 0.9, 0.999) }},
	})
}
