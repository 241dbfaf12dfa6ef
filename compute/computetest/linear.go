package computetest

import (
	"fmt"
	"math"
	"strings"

	"noise2sparse/compute"
)

// A layer's product with what follows it, as the backend does it and as its composition. What follows is held
// against the product's own result, which rounding leaves open.
var linearChecks = []check{
	{"LinearReLU", checkLinearReLU},
	{"LinearReLUNonFinite", checkLinearReLUNonFinite},
	{"LinearReLUBackward", checkLinearReLUBackward},
	{"LinearGradient", checkLinearGradient},
	{"LinearFinish", checkLinearFinish},
}

// linearWay is one of the two ways.
type linearWay struct {
	name     string
	forward  func(b compute.Backend, y, x, w, bias, fired, total, mask compute.Tensor)
	backward func(b compute.Backend, dpre, dbias, dy, v, post, mask compute.Tensor)
	gradient func(b compute.Backend, dw, dbias, dy, x compute.Tensor)
}

var linearWays = []linearWay{
	{"", compute.LinearReLU, compute.LinearReLUBackward, compute.LinearGradient},
	{
		"Composed",
		func(b compute.Backend, y, x, w, bias, fired, total, _ compute.Tensor) {
			compute.LinearReLUComposed(b, y, x, w, bias, fired, total)
		},
		func(b compute.Backend, dpre, dbias, dy, v, post, _ compute.Tensor) {
			compute.LinearReLUBackwardComposed(b, dpre, dbias, dy, v, post)
		},
		compute.LinearGradientComposed,
	},
}

// layers are samples, neurons, and the numbers before and behind them.
var layers = []struct{ batch, neurons, in, out int }{
	{1, 1, 1, 1},
	{3, 16, 5, 4},
	{7, 17, 9, 3},
	{2, 19, 4, 5},
	{33, 5, 8, 16},
	{65, 130, 18, 20},
	{5, 1000, 7, 6},
	{300, 32, 3, 2},
}

// eachLinear runs f on each layer, in each way, at each alignment.
func (e *env) eachLinear(f func(e *env, way linearWay, batch, neurons, in, out int, what string)) {
	for _, way := range linearWays {
		for _, e := range e.offsets() {
			for _, l := range layers {
				f(e, way, l.batch, l.neurons, l.in, l.out, fmt.Sprintf("%s of %+v at offset %d", way.name, l, e.before))
			}
		}
	}
}

// given is t where bit of options is set, else Tensor{}.
func given(options, bit int, t compute.Tensor) compute.Tensor {
	if options&bit == 0 {
		return compute.Tensor{}
	}
	return t
}

func checkLinearReLU(e *env) {
	e.eachLinear(func(e *env, way linearWay, batch, neurons, in, _ int, what string) {
		left, right, shift := e.normal(batch*in), e.normal(neurons*in), e.normal(neurons)
		x, w, bias := e.put(left, batch, in), e.put(right, neurons, in), e.put(shift, neurons)
		var want [2][]sumOf // without a bias, and with it
		for with := range want {
			want[with] = linearSums(left, right, batch, neurons, in)
			for i := range want[with] {
				if with == 1 {
					want[with][i].add(shift[i%neurons])
				}
				want[with][i].value = math.Max(want[with][i].value, 0)
			}
		}
		for options := range 16 { // a bias, fired, total, a mask
			if e.before > 0 && options != 0 && options != 15 {
				continue
			}
			y, fired, total := e.out(batch, neurons), e.putAs(compute.Float64, e.normal(neurons), neurons), e.putAs(compute.Float64, e.normal(neurons), neurons)
			wantFired, wantTotal := fired.get(), total.get()
			mask := given(options, 8, compute.ReLUMask(e.b, batch, neurons))
			way.forward(e.b, y.Tensor, x.Tensor, w.Tensor, given(options, 1, bias.Tensor), given(options, 2, fired.Tensor), given(options, 4, total.Tensor), mask)
			name, post := fmt.Sprintf("LinearReLU%s, options %04b", what, options), y.get()
			e.nearSums(name, post, want[options&1])
			e.checkCounts(name, post, batch, neurons, options>>1, wantFired, wantTotal, fired, total)
		}
		e.same("LinearReLU"+what+": x afterwards", x.get(), left)
		e.same("LinearReLU"+what+": w afterwards", w.get(), right)
	})
}

// linearSums is x wᵀ.
func linearSums(x, w []float64, batch, neurons, in int) []sumOf {
	sums := make([]sumOf, batch*neurons)
	for i := range sums {
		for k := range in {
			sums[i].add(x[i/neurons*in+k] * w[i%neurons*in+k])
		}
	}
	return sums
}

// checkCounts holds fired and total against what they were and what post adds, where options have bits 0, 1.
func (e *env) checkCounts(what string, post []float64, rows, cols, options int, oldFired, oldTotal []float64, fired, total operand) {
	e.Helper()
	sizes := make([]float64, cols)
	if options&1 != 0 {
		counts, _ := columnSums(post, rows, cols, func(x float64) float64 { return indicator(x > 0) })
		for j, n := range counts {
			oldFired[j] += n
		}
	}
	if options&2 != 0 {
		var sums []float64
		sums, sizes = columnSums(post, rows, cols, func(x float64) float64 { return x })
		for j, s := range sums {
			oldTotal[j] += s
		}
	}
	e.near(what+": fired", fired.get(), oldFired, func(j int) float64 { return 0x1p-50 * math.Abs(oldFired[j]) })
	e.near(what+": total", total.get(), oldTotal, func(j int) float64 {
		return sumTolerance*e.unit()*sizes[j] + 0x1p-50*math.Abs(oldTotal[j]) + float64(rows)*e.tiny()
	})
}

// checkLinearReLUNonFinite: samples and neurons with numbers that are none stay by themselves, and NaN stays
// NaN, or is 0 where the definition leaves it to cuBLASLt.
func checkLinearReLUNonFinite(e *env) {
	const batch, neurons, in = 12, 32, 6
	lenient := strings.Contains(e.b.Device().BLAS, "cuBLASLt")
	for _, way := range linearWays {
		left, right := e.normal(batch*in), e.normal(neurons*in)
		left[3*in+2], right[7*in+1] = math.NaN(), math.Inf(1)
		y := e.out(batch, neurons)
		way.forward(e.b, y.Tensor, e.put(left, batch, in).Tensor, e.put(right, neurons, in).Tensor,
			compute.Tensor{}, compute.Tensor{}, compute.Tensor{}, compute.ReLUMask(e.b, batch, neurons))
		for i, v := range y.get() {
			row, col := i/neurons, i%neurons
			ok := !math.IsNaN(v) && !math.IsInf(v, 0)
			switch {
			case row == 3:
				ok = math.IsNaN(v) || lenient && v == 0
			case col == 7 && left[row*in+1] > 0:
				ok = math.IsInf(v, 1)
			case col == 7:
				ok = v == 0
			}
			if !ok {
				e.fail("LinearReLU%s with NaN in sample 3 and ∞ in neuron 7: sample %d, neuron %d is %v", way.name, row, col, v)
			}
		}
	}
}

// checkLinearReLUBackward goes back through what LinearReLU has left, once with a mask and once without.
// Every fifth neuron's sum is exactly 0, where ReLU's derivative is 0.
func checkLinearReLUBackward(e *env) {
	e.eachLinear(func(e *env, way linearWay, batch, neurons, in, out int, what string) {
		weights := e.normal(neurons * in)
		for i := range weights {
			if i/in%5 == 4 {
				weights[i] = 0
			}
		}
		x, w, post := e.put(e.normal(batch*in), batch, in), e.put(weights, neurons, in), e.out(batch, neurons)
		up, behind := e.normal(batch*out), e.normal(out*neurons)
		dy, v := e.put(up, batch, out), e.put(behind, out, neurons)
		for options := range 4 { // dbias, a mask
			mask := given(options, 2, compute.ReLUMask(e.b, batch+3, neurons)) // room for more rows than there are
			way.forward(e.b, post.Tensor, x.Tensor, w.Tensor, compute.Tensor{}, compute.Tensor{}, compute.Tensor{}, mask)
			active := post.get()
			dpre, dbias := e.out(batch, neurons), e.out(neurons)
			way.backward(e.b, dpre.Tensor, given(options, 1, dbias.Tensor), dy.Tensor, v.Tensor, post.Tensor, mask)
			want := make([]sumOf, batch*neurons)
			for i := range want {
				for k := 0; active[i] > 0 && k < out; k++ {
					want[i].add(up[i/neurons*out+k] * behind[k*neurons+i%neurons])
				}
			}
			name, got := fmt.Sprintf("LinearReLUBackward%s, options %02b", what, options), dpre.get()
			e.nearSums(name, got, want)
			for i, g := range got {
				if active[i] <= 0 && g != 0 {
					e.fail("%s: neuron %d is not active for sample %d, but has gradient %v", name, i%neurons, i/neurons, g)
				}
			}
			if options&1 != 0 {
				sums, sizes := columnSums(got, batch, neurons, func(x float64) float64 { return x })
				e.near(name+": dbias", dbias.get(), sums, func(j int) float64 { return sumTolerance*e.unit()*sizes[j] + e.tiny() })
			}
			e.same(name+": post afterwards", post.get(), active)
		}
	})
}

func checkLinearGradient(e *env) {
	e.eachLinear(func(e *env, way linearWay, batch, neurons, in, _ int, what string) {
		up, left := e.normal(batch*neurons), e.normal(batch*in)
		dy, x, dw, dbias := e.put(up, batch, neurons), e.put(left, batch, in), e.out(neurons, in), e.out(neurons)
		way.gradient(e.b, dw.Tensor, dbias.Tensor, dy.Tensor, x.Tensor)
		want, sums := make([]sumOf, neurons*in), make([]sumOf, neurons)
		for i := range batch {
			for j := range neurons {
				sums[j].add(up[i*neurons+j])
				for k := range in {
					want[j*in+k].add(up[i*neurons+j] * left[i*in+k])
				}
			}
		}
		e.nearSums("LinearGradient"+what+": dw", dw.get(), want)
		e.nearSums("LinearGradient"+what+": dbias", dbias.get(), sums)
		e.same("LinearGradient"+what+": dy afterwards", dy.get(), up)
	})
}

// checkLinearFinish tries each epilogue.
func checkLinearFinish(e *env) {
	e.eachParts(func(e *env, p parts, rows, cols int) { e.linearFinishCase(p, rows, cols) })
}

func (e *env) linearFinishCase(p parts, rows, cols int) {
	e.Helper()
	const depth = 9
	in, weights := e.normal(rows*depth), e.normal(cols*depth)
	for _, way := range epilogueWays {
		f := e.finishing(p, cols, rows, cols)
		want := make([]sumOf, rows*cols)
		for i := range want {
			for k := range depth {
				want[i].add(in[i/cols*depth+k] * weights[i%cols*depth+k])
			}
			want[i] = f.of(want[i], i, i%cols)
		}
		x, w, y := e.put(in, rows, depth), e.put(weights, cols, depth), e.out(rows, cols)
		way.linear(e.b, y.Tensor, x.Tensor, w.Tensor, f.epilogue)
		e.nearSums(fmt.Sprintf("LinearFinish%s of (%d × %d), %+v, at offset %d", way.name, rows, cols, p, e.before), y.get(), want)
	}
}

func (e *env) linearCalls(rows, cols, hidden int) []call {
	b := e.b
	x, w, bias, y := e.matrix(rows, hidden), e.matrix(cols, hidden), e.put(e.normal(cols), cols), e.out(rows, cols)
	fired, total, mask := e.sums(cols), e.sums(cols), compute.ReLUMask(e.b, rows, cols)
	dy, v, dpre, dbias := e.matrix(rows, hidden), e.matrix(hidden, cols), e.out(rows, cols), e.out(cols)
	dw, db := e.out(cols, hidden), e.out(cols)
	return []call{
		{"LinearReLU", func() {
			compute.LinearReLU(b, y.Tensor, x.Tensor, w.Tensor, bias.Tensor, fired.Tensor, total.Tensor, mask)
		}, []operand{y, fired, total}},
		{"LinearReLUBackward", func() {
			compute.LinearReLUBackward(b, dpre.Tensor, dbias.Tensor, dy.Tensor, v.Tensor, y.Tensor, mask)
		}, []operand{dpre, dbias}},
		{"LinearGradient", func() { compute.LinearGradient(b, dw.Tensor, db.Tensor, dpre.Tensor, x.Tensor) }, []operand{dw, db}},
	}
}
