package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// normalCDF is the normal distribution function.
func normalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// parts says which of an epilogue's parts a case has.
type parts struct{ bias, gelu, affine, residual, relu bool }

// eachParts calls f with all 32 combinations, on matrices of several sizes, the last of many tiles.
func (e *env) eachParts(f func(e *env, p parts, rows, cols int)) {
	for i := range 32 {
		p := parts{i&1 != 0, i&2 != 0, i&4 != 0, i&8 != 0, i&16 != 0}
		for _, e := range e.offsets() {
			for _, s := range [][2]int{{1, 1}, {5, 17}, {19, 64}, {600, 130}} {
				// Nothing shows what a ReLU has made 0, so the largest is tried without it too.
				if e.tries(i, 5, s[0]*s[1]) || e.before == 0 && i == 15 {
					f(e, p, s[0], s[1])
				}
			}
		}
	}
}

// finishing is an epilogue with its numbers, and what it makes of sums.
type finishing struct {
	parts
	bias, scale, shift, residual []float64
	epilogue                     compute.Epilogue
	operands                     []operand
}

// finishing makes an epilogue of (rows × cols); the residual has the given shape.
func (e *env) finishing(p parts, cols int, shape ...int) *finishing {
	n := 1
	for _, d := range shape {
		n *= d
	}
	f := &finishing{parts: p, bias: e.normal(cols), scale: e.normal(cols), shift: e.normal(cols), residual: e.normal(n)}
	put := func(v []float64, shape ...int) compute.Tensor {
		o := e.put(v, shape...)
		f.operands = append(f.operands, o)
		return o.Tensor
	}
	if p.bias {
		f.epilogue.Bias = put(f.bias, cols)
	}
	if p.affine {
		f.epilogue.Scale, f.epilogue.Shift = put(f.scale, cols), put(f.shift, cols)
	}
	if p.residual {
		f.epilogue.Residual = put(f.residual, shape...)
	}
	f.epilogue.GELU, f.epilogue.ReLU = p.gelu, p.relu
	return f
}

// of is the definition: what is to be expected for element i, whose product is s, in column j.
func (f *finishing) of(s sumOf, i, j int) sumOf {
	if f.parts.bias {
		s.add(f.bias[j])
	}
	if f.gelu {
		// The slope is at most 1.13, so an error of x passes through; that of GELU itself is in
		// proportion to x.
		x := s.value
		s.value, s.size, s.terms = x*normalCDF(x), 1.13*s.size+2*math.Abs(x), s.terms+4
	}
	if f.affine {
		s.value, s.size = s.value*f.scale[j], s.size*math.Abs(f.scale[j])
		s.add(f.shift[j])
	}
	if f.parts.residual {
		s.add(f.residual[i])
	}
	if f.relu {
		s.value = math.Max(s.value, 0)
	}
	return s
}

// epilogueWays are the fused operations and their definitions.
var epilogueWays = []struct {
	name      string
	finish    func(b compute.Backend, y, x compute.Tensor, e compute.Epilogue)
	linear    func(b compute.Backend, y, x, w compute.Tensor, e compute.Epilogue)
	depthwise func(b compute.Backend, y, x, w compute.Tensor, e compute.Epilogue)
}{
	{"", compute.Finish, compute.LinearFinish, compute.DepthwiseFinish},
	{"Composed", compute.FinishComposed, compute.LinearFinishComposed, compute.DepthwiseFinishComposed},
}

// depthwiseImages go with the rows of the matrices that eachParts tries.
var depthwiseImages = map[int]picture{1: {1, 1, 1, 1}, 5: {2, 5, 7, 3}, 19: {1, 4, 13, 16}, 600: {1, 9, 11, 33}}

func checkEpilogue(e *env) {
	e.eachParts(func(e *env, p parts, rows, cols int) {
		e.finishCase(p, rows, cols)
		e.depthwiseFinishCase(p, depthwiseImages[rows])
	})
}

func (e *env) finishCase(p parts, rows, cols int) {
	e.Helper()
	in := e.normal(rows * cols)
	for _, way := range epilogueWays {
		f := e.finishing(p, cols, rows, cols)
		want := make([]sumOf, len(in))
		for i, v := range in {
			want[i].add(v)
			want[i] = f.of(want[i], i, i%cols)
		}
		x, y := e.put(in, rows, cols), e.out(rows, cols)
		what := fmt.Sprintf("Finish%s of (%d × %d), %+v, at offset %d", way.name, rows, cols, p, e.before)
		way.finish(e.b, y.Tensor, x.Tensor, f.epilogue)
		e.nearSums(what, y.get(), want)
		e.same(what+": operand afterwards", x.get(), in)
		way.finish(e.b, x.Tensor, x.Tensor, f.epilogue)
		e.same(what+" in place", x.get(), y.get())
	}
}

// depthwiseFinishCase takes the input itself for the residual too, as networks do.
func (e *env) depthwiseFinishCase(p parts, s picture) {
	e.Helper()
	const k = 5
	in, weights := e.normal(s.len()), e.normal(s.c*k*k)
	for _, way := range epilogueWays {
		f := e.finishing(p, s.c, s.shape()...)
		x, w, y := e.put(in, s.shape()...), e.put(weights, s.c, 1, k, k), e.out(s.shape()...)
		if p.residual {
			f.residual, f.epilogue.Residual = in, x.Tensor
		}
		want := make([]sumOf, s.len())
		eachTap(s, k, func(y, x, w, _ int) { want[y].add(in[x] * weights[w]) })
		for i := range want {
			want[i] = f.of(want[i], i, i%s.c)
		}
		way.depthwise(e.b, y.Tensor, x.Tensor, w.Tensor, f.epilogue)
		what := fmt.Sprintf("DepthwiseFinish%s of %v, %+v, at offset %d", way.name, s, p, e.before)
		e.nearSums(what, y.get(), want)
		e.same(what+": images afterwards", x.get(), in)
	}
}
