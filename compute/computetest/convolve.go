package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

var convolveChecks = []check{
	{"Transpose", checkTranspose},
	{"Patches", checkPatches},
	{"SumPatches", checkSumPatches},
	{"Depthwise", checkDepthwise},
	{"DepthwiseInput", checkDepthwiseInput},
	{"DepthwiseWeight", checkDepthwiseWeight},
	{"MaxPool", checkMaxPool},
	{"MaxPoolTies", checkMaxPoolTies},
	{"MaxPoolBackward", checkMaxPoolBackward},
	{"MeanPool", checkMeanPool},
	{"ChannelMoments", checkChannelMoments},
	{"ChannelMomentsOfLargeMeans", checkLargeMeans},
	{"BatchNormBackward", checkBatchNormBackward},
	{"Augment", checkAugment},
	{"AugmentIsUniform", checkAugmentIsUniform},
	{"Epilogue", checkEpilogue},
	{"ConvolvePanics", checkConvolvePanics},
}

// picture is the geometry of images, channels last.
type picture struct{ b, h, w, c int }

func (p picture) len() int { return p.b * p.h * p.w * p.c }

func (p picture) shape() []int { return []int{p.b, p.h, p.w, p.c} }

// at returns where a number lies; ok is false outside of the image.
func (p picture) at(b, h, w, c int) (i int, ok bool) {
	return ((b*p.h+h)*p.w+w)*p.c + c, h >= 0 && h < p.h && w >= 0 && w < p.w
}

func (p picture) String() string { return fmt.Sprintf("(%d × %d × %d × %d)", p.b, p.h, p.w, p.c) }

// pictures hold single places and channels, tails of vectors of channels and of blocks of places.
var pictures = []picture{
	{1, 1, 1, 1},
	{2, 5, 7, 3},
	{1, 4, 13, 16},
	{3, 6, 5, 17},
	{1, 9, 11, 33},
	{2, 16, 16, 64},
	{1, 3, 2, 130},
	{17, 2, 3, 5},
}

// windows are those of the networks, and others that leave places out or overlap unevenly.
var windows = []compute.Window{
	{Size: 1, Stride: 1},
	{Size: 1, Stride: 2},
	{Size: 2, Stride: 2},
	{Size: 3, Stride: 1, Pad: 1},
	{Size: 3, Stride: 2, Pad: 1},
	{Size: 7, Stride: 2, Pad: 3},
	{Size: 2, Stride: 3},
	{Size: 4, Stride: 3, Pad: 2},
}

// fits tells whether there is a window at all.
func (p picture) fits(w compute.Window) bool { return w.Out(p.h) > 0 && w.Out(p.w) > 0 }

// sumOf is a sum that a check expects, with what its rounding errors are in proportion to.
type sumOf struct {
	value, size float64
	terms       int
}

func (s *sumOf) add(v float64) {
	s.value += v
	s.size += math.Abs(v)
	s.terms++
}

// nearSums checks that got are the sums, each to a rounding error of every product and sum.
func (e *env) nearSums(what string, got []float64, want []sumOf) {
	e.Helper()
	values := make([]float64, len(want))
	for i, s := range want {
		values[i] = s.value
	}
	e.near(what, got, values, func(i int) float64 { return float64(want[i].terms+4)*e.unit()*want[i].size + e.tiny() })
}

// takes tells whether e tries these images: large ones where operands begin aligned.
func (e *env) takes(p picture) bool { return e.before == 0 || p.len() <= large || thorough }

func checkTranspose(e *env) {
	for _, e := range e.offsets() {
		for _, s := range []struct{ b, m, n int }{{1, 1, 1}, {1, 1, 5}, {3, 4, 1}, {2, 3, 7}, {2, 16, 16}, {1, 17, 33}, {5, 3, 64}, {1, 130, 9}} {
			src := e.mixed(s.b * s.m * s.n)
			want := make([]float64, len(src))
			for b := range s.b {
				for i := range s.m {
					for j := range s.n {
						want[(b*s.n+j)*s.m+i] = src[(b*s.m+i)*s.n+j]
					}
				}
			}
			x, y := e.put(src, s.b, s.m, s.n), e.out(s.b, s.n, s.m)
			e.b.Transpose(y.Tensor, x.Tensor)
			what := fmt.Sprintf("Transpose of %v at offset %d", s, e.before)
			e.same(what, y.get(), want)
			e.same(what+": operand afterwards", x.get(), src)
		}
	}
}

// eachPatch calls f with every place of every window: where in the rows, and where in the images.
func eachPatch(p picture, w compute.Window, f func(patch, b, h, v, c int)) {
	i := 0
	for b := range p.b {
		for oh := range w.Out(p.h) {
			for ow := range w.Out(p.w) {
				for r := range w.Size {
					for q := range w.Size {
						for c := range p.c {
							f(i, b, oh*w.Stride-w.Pad+r, ow*w.Stride-w.Pad+q, c)
							i++
						}
					}
				}
			}
		}
	}
}

func checkPatches(e *env) {
	for _, e := range e.offsets() {
		for _, p := range pictures {
			for _, w := range windows {
				if !p.fits(w) || !e.takes(p) {
					continue
				}
				src := e.mixed(p.len())
				rows, cols := p.b*w.Out(p.h)*w.Out(p.w), w.Size*w.Size*p.c
				want := make([]float64, rows*cols)
				eachPatch(p, w, func(patch, b, h, v, c int) {
					if at, ok := p.at(b, h, v, c); ok {
						want[patch] = src[at]
					}
				})
				x, y := e.put(src, p.shape()...), e.out(rows, cols)
				e.b.Patches(y.Tensor, x.Tensor, w)
				what := fmt.Sprintf("Patches of %v, window %+v, at offset %d", p, w, e.before)
				e.same(what, y.get(), want)
				e.same(what+": operand afterwards", x.get(), src)
			}
		}
	}
}

func checkSumPatches(e *env) {
	for _, e := range e.offsets() {
		for _, p := range pictures {
			for _, w := range windows {
				if !p.fits(w) || !e.takes(p) {
					continue
				}
				rows, cols := p.b*w.Out(p.h)*w.Out(p.w), w.Size*w.Size*p.c
				src := e.normal(rows * cols)
				want := make([]sumOf, p.len())
				eachPatch(p, w, func(patch, b, h, v, c int) {
					if at, ok := p.at(b, h, v, c); ok {
						want[at].add(src[patch])
					}
				})
				x, y := e.put(src, rows, cols), e.out(p.shape()...)
				e.b.SumPatches(y.Tensor, x.Tensor, w)
				e.nearSums(fmt.Sprintf("SumPatches to %v, window %+v, at offset %d", p, w, e.before), y.get(), want)
			}
		}
	}
}
