package computetest

import (
	"fmt"

	"noise2sparse/compute"
)

// kernelSides are odd and even ones, and ones larger than some images.
var kernelSides = []int{1, 2, 3, 4, 5, 7, 9}

// eachTap calls f with every product of a depthwise convolution: where in the result, in the input and
// in the weights (C × 1 × k × k).
func eachTap(p picture, k int, f func(y, x, w, c int)) {
	before := (k - 1) / 2
	for b := range p.b {
		for i := range p.h {
			for j := range p.w {
				for c := range p.c {
					y, _ := p.at(b, i, j, c)
					for r := range k {
						for q := range k {
							if x, ok := p.at(b, i+r-before, j+q-before, c); ok {
								f(y, x, (c*k+r)*k+q, c)
							}
						}
					}
				}
			}
		}
	}
}

// eachDepthwise runs f on all images and kernels.
func (e *env) eachDepthwise(f func(e *env, p picture, k int, what string)) {
	for _, e := range e.offsets() {
		for _, p := range pictures {
			for _, k := range kernelSides {
				if p.len() > large && (e.before > 0 || k != 3 && k != 9) && !thorough {
					continue
				}
				f(e, p, k, fmt.Sprintf("of %v, kernels %d × %d, at offset %d", p, k, k, e.before))
			}
		}
	}
}

func checkDepthwise(e *env) {
	e.eachDepthwise(func(e *env, p picture, k int, what string) {
		in, weights, biases := e.normal(p.len()), e.normal(p.c*k*k), e.normal(p.c)
		want, plain := make([]sumOf, p.len()), make([]sumOf, p.len())
		for i := range want {
			want[i].add(biases[i%p.c])
		}
		eachTap(p, k, func(y, x, w, _ int) {
			want[y].add(in[x] * weights[w])
			plain[y].add(in[x] * weights[w])
		})
		x, w, bias, y := e.put(in, p.shape()...), e.put(weights, p.c, 1, k, k), e.put(biases, p.c), e.out(p.shape()...)
		e.b.Depthwise(y.Tensor, x.Tensor, w.Tensor, bias.Tensor)
		e.nearSums("Depthwise "+what, y.get(), want)
		e.b.Depthwise(y.Tensor, x.Tensor, w.Tensor, compute.Tensor{})
		e.nearSums("Depthwise without bias "+what, y.get(), plain)
		e.same("Depthwise "+what+": images afterwards", x.get(), in)
		e.same("Depthwise "+what+": kernels afterwards", w.get(), weights)
	})
}

func checkDepthwiseInput(e *env) {
	e.eachDepthwise(func(e *env, p picture, k int, what string) {
		grad, weights := e.normal(p.len()), e.normal(p.c*k*k)
		want := make([]sumOf, p.len())
		eachTap(p, k, func(y, x, w, _ int) { want[x].add(grad[y] * weights[w]) })
		dx, dy, w := e.out(p.shape()...), e.put(grad, p.shape()...), e.put(weights, p.c, 1, k, k)
		e.b.DepthwiseInput(dx.Tensor, dy.Tensor, w.Tensor)
		e.nearSums("DepthwiseInput "+what, dx.get(), want)
		e.same("DepthwiseInput "+what+": gradient afterwards", dy.get(), grad)
	})
}

func checkDepthwiseWeight(e *env) {
	e.eachDepthwise(func(e *env, p picture, k int, what string) {
		grad, in := e.normal(p.len()), e.normal(p.len())
		want, wantBias := make([]sumOf, p.c*k*k), make([]sumOf, p.c)
		eachTap(p, k, func(y, x, w, _ int) { want[w].add(grad[y] * in[x]) })
		for i, g := range grad {
			wantBias[i%p.c].add(g)
		}
		dw, dbias, dy, x := e.out(p.c, 1, k, k), e.out(p.c), e.put(grad, p.shape()...), e.put(in, p.shape()...)
		e.b.DepthwiseWeight(dw.Tensor, dbias.Tensor, dy.Tensor, x.Tensor)
		e.nearSums("DepthwiseWeight "+what, dw.get(), want)
		e.nearSums("DepthwiseWeight's bias "+what, dbias.get(), wantBias)
		again := e.out(p.c, 1, k, k)
		e.b.DepthwiseWeight(again.Tensor, compute.Tensor{}, dy.Tensor, x.Tensor)
		e.same("DepthwiseWeight without bias "+what, again.get(), dw.get())
		e.same("DepthwiseWeight "+what+": images afterwards", x.get(), in)
	})
}
