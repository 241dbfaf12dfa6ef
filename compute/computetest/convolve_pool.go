package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// halfPadded are the windows of which none lies outside of the image altogether.
func halfPadded() []compute.Window {
	var all []compute.Window
	for _, w := range windows {
		if w.Pad <= w.Size/2 {
			all = append(all, w)
		}
	}
	return all
}

// maxPool is the definition: values, and places within each image.
func maxPool(x []float64, p picture, w compute.Window) (best, places []float64) {
	for b := range p.b {
		for oh := range w.Out(p.h) {
			for ow := range w.Out(p.w) {
				for c := range p.c {
					top, place, found := math.Inf(-1), 0, false
					for r := range w.Size {
						for q := range w.Size {
							h, v := oh*w.Stride-w.Pad+r, ow*w.Stride-w.Pad+q
							at, ok := p.at(b, h, v, c)
							if ok && (!found || x[at] > top || math.IsNaN(x[at])) {
								top, place, found = x[at], h*p.w+v, true
							}
						}
					}
					best, places = append(best, top), append(places, float64(place))
				}
			}
		}
	}
	return best, places
}

func (e *env) maxPoolCase(what string, values []float64, p picture, w compute.Window) {
	e.Helper()
	best, places := maxPool(values, p, w)
	oh, ow := w.Out(p.h), w.Out(p.w)
	x, y, index := e.put(values, p.shape()...), e.out(p.b, oh, ow, p.c), e.alloc(compute.Int32, p.b, oh, ow, p.c)
	e.b.MaxPool(y.Tensor, index.Tensor, x.Tensor, w)
	what = fmt.Sprintf("MaxPool of %s %v, window %+v, at offset %d", what, p, w, e.before)
	e.same(what, y.get(), best)
	e.same(what+": places", index.get(), places)
	e.same(what+": operand afterwards", x.get(), values)
}

func checkMaxPool(e *env) {
	for _, e := range e.offsets() {
		for _, p := range pictures {
			for _, w := range halfPadded() {
				if p.fits(w) && e.takes(p) {
					e.maxPoolCase("images", e.normal(p.len()), p, w)
				}
			}
		}
	}
}

// checkMaxPoolTies: few different numbers, all negative in one case, so that a border of zeros would
// show; NaN and infinities.
func checkMaxPoolTies(e *env) {
	p, w := picture{2, 9, 8, 19}, compute.Window{Size: 3, Stride: 2, Pad: 1}
	for _, some := range [][]float64{{1, 1, 1}, {-1, -2, -3}, {0, math.Copysign(0, -1), 0}, {1, math.NaN(), 2}, {math.Inf(-1), math.Inf(-1), math.Inf(1)}} {
		values := make([]float64, p.len())
		for i := range values {
			values[i] = some[e.rng.IntN(len(some))]
		}
		e.maxPoolCase(fmt.Sprintf("%v in", some), values, p, w)
	}
}

func checkMaxPoolBackward(e *env) {
	for _, e := range e.offsets() {
		for _, p := range pictures {
			for _, w := range halfPadded() {
				if !p.fits(w) || !e.takes(p) {
					continue
				}
				oh, ow := w.Out(p.h), w.Out(p.w)
				_, places := maxPool(e.normal(p.len()), p, w)
				grad := e.normal(len(places))
				want := make([]sumOf, p.len())
				for i, place := range places {
					at := i/(oh*ow*p.c)*p.h*p.w*p.c + int(place)*p.c + i%p.c
					want[at].add(grad[i])
				}
				dx, dy := e.out(p.shape()...), e.put(grad, p.b, oh, ow, p.c)
				index := e.putAs(compute.Int32, places, p.b, oh, ow, p.c)
				e.b.MaxPoolBackward(dx.Tensor, dy.Tensor, index.Tensor, w)
				e.nearSums(fmt.Sprintf("MaxPoolBackward to %v, window %+v, at offset %d", p, w, e.before), dx.get(), want)
			}
		}
	}
}

func checkMeanPool(e *env) {
	for _, e := range e.offsets() {
		for _, p := range pictures {
			values, grad := e.normal(p.len()), e.normal(p.b*p.c)
			want, back := make([]sumOf, p.b*p.c), make([]float64, p.len())
			n := float64(p.h * p.w)
			for i, v := range values {
				at := i/(p.h*p.w*p.c)*p.c + i%p.c
				want[at].add(v / n)
				back[i] = grad[at] / n
			}
			x, y := e.put(values, p.shape()...), e.out(p.b, p.c)
			e.b.MeanPool(y.Tensor, x.Tensor)
			e.nearSums(fmt.Sprintf("MeanPool of %v at offset %d", p, e.before), y.get(), want)
			dx, dy := e.out(p.shape()...), e.put(grad, p.b, p.c)
			e.b.MeanPoolBackward(dx.Tensor, dy.Tensor)
			e.near(fmt.Sprintf("MeanPoolBackward to %v at offset %d", p, e.before), dx.get(), back,
				func(i int) float64 { return 4 * e.unit() * math.Abs(back[i]) })
		}
	}
}
