package computetest

import (
	"fmt"

	"noise2sparse/compute"
)

// Each convolution is compared with its sums in float64 twice: as the backend does it, which may be a
// library's, and as its composition.
var convolutionChecks = []check{
	{"ConvolveFinish", checkConvolveFinish},
	{"ConvolveInput", checkConvolveInput},
	{"ConvolveWeight", checkConvolveWeight},
	{"ConvolutionsRepeat", checkConvolutionsRepeat},
	{"ConvolutionPanics", checkConvolutionPanics},
}

var convolutionWays = []struct {
	name   string
	finish func(b compute.Backend, y, x, w compute.Tensor, c compute.Convolution, e compute.Epilogue)
	input  func(b compute.Backend, dx, dy, w compute.Tensor, c compute.Convolution)
	weight func(b compute.Backend, dw, dy, x compute.Tensor, c compute.Convolution)
}{
	{"", compute.ConvolveFinish, compute.ConvolveInput, compute.ConvolveWeight},
	{"Composed", compute.ConvolveFinishComposed, compute.ConvolveInputComposed, compute.ConvolveWeightComposed},
}

// convolution is a case: images x of p, y of q, and weights (q.c × p.c × k × k).
type convolution struct {
	p, q picture
	w    compute.Window
}

func (s convolution) weights() []int { return []int{s.q.c, s.p.c, s.w.Size, s.w.Size} }

func (s convolution) weightsLen() int { return s.q.c * s.p.c * s.w.Size * s.w.Size }

func (s convolution) String() string {
	return fmt.Sprintf("%v to %v, window %+v", s.p, s.q, s.w)
}

// each calls f with every product: where its numbers are in y, x and w.
func (s convolution) each(f func(y, x, w int)) {
	for o := range s.q.c {
		eachPatch(s.p, s.w, func(patch, b, h, v, c int) {
			k := s.w.Size
			r, row := patch/s.p.c%(k*k), patch/s.p.c/(k*k)
			if x, ok := s.p.at(b, h, v, c); ok {
				f(row*s.q.c+o, x, (o*s.p.c+c)*k*k+r)
			}
		})
	}
}

// room is a Convolution with room for s, whose contents are NaN.
func (e *env) room(s convolution) compute.Convolution {
	n := s.w.Size * s.w.Size * s.p.c
	return compute.Convolution{Window: s.w, Patches: e.out(s.q.len() / s.q.c * n).Tensor, Weights: e.out(s.q.c * n).Tensor}
}

// eachConvolution calls f with small and odd images, all windows that fit, and both ways.
func (e *env) eachConvolution(f func(e *env, s convolution, way int)) {
	for i, e := range e.offsets() {
		for _, p := range []picture{{1, 1, 1, 1}, {2, 5, 7, 3}, {1, 4, 13, 16}, {3, 6, 5, 17}, {1, 9, 11, 33}} {
			for _, w := range windows {
				if !p.fits(w) || i > 0 && p.c > 16 {
					continue
				}
				for way := range convolutionWays {
					f(e, convolution{p, picture{p.b, w.Out(p.h), w.Out(p.w), 5}, w}, way)
				}
			}
		}
	}
}

func checkConvolveFinish(e *env) {
	e.eachConvolution(func(e *env, s convolution, way int) {
		in, weights := e.normal(s.p.len()), e.normal(s.weightsLen())
		parts := parts{bias: s.w.Stride == 1, residual: s.w.Pad > 0, relu: s.p.c == 3}
		f := e.finishing(parts, s.q.c, s.q.shape()...)
		want := make([]sumOf, s.q.len())
		s.each(func(y, x, w int) { want[y].add(in[x] * weights[w]) })
		for i := range want {
			want[i] = f.of(want[i], i, i%s.q.c)
		}
		x, w, y := e.put(in, s.p.shape()...), e.put(weights, s.weights()...), e.out(s.q.shape()...)
		convolutionWays[way].finish(e.b, y.Tensor, x.Tensor, w.Tensor, e.room(s), f.epilogue)
		what := fmt.Sprintf("ConvolveFinish%s of %v, %+v, at offset %d", convolutionWays[way].name, s, parts, e.before)
		e.nearSums(what, y.get(), want)
		e.same(what+": images afterwards", x.get(), in)
		e.same(what+": weights afterwards", w.get(), weights)
	})
}

func checkConvolveInput(e *env) {
	e.eachConvolution(func(e *env, s convolution, way int) {
		grad, weights := e.normal(s.q.len()), e.normal(s.weightsLen())
		want := make([]sumOf, s.p.len())
		s.each(func(y, x, w int) { want[x].add(grad[y] * weights[w]) })
		dy, w, dx := e.put(grad, s.q.shape()...), e.put(weights, s.weights()...), e.out(s.p.shape()...)
		convolutionWays[way].input(e.b, dx.Tensor, dy.Tensor, w.Tensor, e.room(s))
		what := fmt.Sprintf("ConvolveInput%s of %v at offset %d", convolutionWays[way].name, s, e.before)
		e.nearSums(what, dx.get(), want)
		e.same(what+": gradient afterwards", dy.get(), grad)
		e.same(what+": weights afterwards", w.get(), weights)
	})
}

func checkConvolveWeight(e *env) {
	e.eachConvolution(func(e *env, s convolution, way int) {
		grad, in := e.normal(s.q.len()), e.normal(s.p.len())
		want := make([]sumOf, s.weightsLen())
		s.each(func(y, x, w int) { want[w].add(grad[y] * in[x]) })
		dy, x, dw := e.put(grad, s.q.shape()...), e.put(in, s.p.shape()...), e.out(s.weights()...)
		convolutionWays[way].weight(e.b, dw.Tensor, dy.Tensor, x.Tensor, e.room(s))
		what := fmt.Sprintf("ConvolveWeight%s of %v at offset %d", convolutionWays[way].name, s, e.before)
		e.nearSums(what, dw.get(), want)
		e.same(what+": gradient afterwards", dy.get(), grad)
		e.same(what+": images afterwards", x.get(), in)
	})
}

// checkConvolutionsRepeat: equal calls give equal bits, on images with many sums in each result.
func checkConvolutionsRepeat(e *env) {
	calls := e.convolutionCalls(40, 24, 0)
	first := e.results(calls)
	for range 3 {
		for i, bits := range e.results(calls) {
			if string(bits) != string(first[i]) {
				e.fail("%s gives other bits when it is called again", calls[i].name)
			}
		}
	}
}

func checkConvolutionPanics(e *env) {
	b, none := e.b, compute.Epilogue{}
	x, w := e.zeros(2, 4, 4, 3), e.zeros(5, 3, 3, 3)
	y, narrow, few := e.zeros(2, 4, 4, 5), e.zeros(2, 4, 3, 5), e.zeros(5, 2, 3, 3)
	c := e.room(convolution{picture{2, 4, 4, 3}, picture{2, 4, 4, 5}, compute.Window{Size: 3, Stride: 1, Pad: 1}})
	e.mustPanic([]misuse{
		{"", nil, func() { compute.ConvolveFinish(b, narrow, x, w, c, none) }},
		{"", nil, func() { compute.ConvolveFinish(b, y, x, few, c, none) }},
		{"", nil, func() { compute.ConvolveInput(b, x, narrow, w, c) }},
		{"", nil, func() { compute.ConvolveInput(b, x, y, few, c) }},
		{"", nil, func() { compute.ConvolveWeight(b, w, narrow, x, c) }},
		{"", nil, func() { compute.ConvolveWeight(b, few, y, x, c) }},
	})
}

// convolutionCalls are the convolutions of about rows positions.
func (e *env) convolutionCalls(rows, cols, _ int) []call {
	cols = min(cols, 33)
	p := picture{b: 1 + rows/16, h: 4, w: 4, c: cols}
	s := convolution{p, picture{p.b, 2, 2, 7}, compute.Window{Size: 3, Stride: 2, Pad: 1}}
	put := func(shape ...int) operand { return e.put(e.normal(e.b.Alloc(e.dt, shape...).Len()), shape...) }
	x, w, dy, c := put(p.shape()...), put(s.weights()...), put(s.q.shape()...), e.room(s)
	y, dx, dw := e.out(s.q.shape()...), e.out(p.shape()...), e.out(s.weights()...)
	epilogue := compute.Epilogue{Bias: put(7).Tensor, ReLU: true}
	return []call{
		{"ConvolveFinish", func() { compute.ConvolveFinish(e.b, y.Tensor, x.Tensor, w.Tensor, c, epilogue) }, []operand{y}},
		{"ConvolveInput", func() { compute.ConvolveInput(e.b, dx.Tensor, dy.Tensor, w.Tensor, c) }, []operand{dx}},
		{"ConvolveWeight", func() { compute.ConvolveWeight(e.b, dw.Tensor, dy.Tensor, x.Tensor, c) }, []operand{dw}},
	}
}
