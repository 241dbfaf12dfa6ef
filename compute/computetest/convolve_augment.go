package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/philox"
)

// shiftOf is what Augment does to image b.
func shiftOf(a compute.Augmentation, step uint64, b int) (di, dj int, mirror bool) {
	s := philox.Stream{Seed: a.Seed, Purpose: uint32(a.Purpose), Step: step}
	choices := uint64(2*a.Pad + 1)
	place := func(i int) int { return int(uint64(s.Word(4*b+i))*choices>>32) - a.Pad }
	return place(0), place(1), a.Flip && s.Word(4*b+2) >= 1<<31
}

func checkAugment(e *env) {
	for _, e := range e.offsets() {
		for _, p := range []picture{{1, 1, 1, 1}, {9, 5, 7, 3}, {4, 32, 32, 3}, {6, 3, 20, 1}} {
			for _, a := range []compute.Augmentation{{}, {Pad: 4}, {Flip: true}, {Pad: 2, Flip: true, Seed: 7, Purpose: compute.PurposeAugment}, {Pad: 40, Flip: true}} {
				for _, step := range []int64{0, 5, 1<<33 + 1} {
					e.augmentCase(p, a, step)
				}
			}
		}
	}
}

// augmentCase: images are planar here, (B × C × H × W).
func (e *env) augmentCase(p picture, a compute.Augmentation, step int64) {
	e.Helper()
	src := e.mixed(p.len())
	want := make([]float64, len(src))
	for b := range p.b {
		di, dj, mirror := shiftOf(a, uint64(step), b)
		for c := range p.c {
			plane := (b*p.c + c) * p.h * p.w
			for i := range p.h {
				for j := range p.w {
					from := j
					if mirror {
						from = p.w - 1 - j
					}
					if h, v := i+di, from+dj; h >= 0 && h < p.h && v >= 0 && v < p.w {
						want[plane+i*p.w+j] = src[plane+h*p.w+v]
					}
				}
			}
		}
	}
	x, y := e.put(src, p.b, p.c, p.h, p.w), e.out(p.b, p.c, p.h, p.w)
	e.b.Augment(y.Tensor, x.Tensor, a, e.counter(step).Tensor)
	what := fmt.Sprintf("Augment of %v with %+v in step %d at offset %d", p, a, step, e.before)
	e.same(what, y.get(), want)
	e.same(what+": operand afterwards", x.get(), src)
}

// checkAugmentIsUniform: over many images, each shift and both sides occur equally often, each count
// within five standard deviations.
func checkAugmentIsUniform(e *env) {
	const side, pad, images = 9, 2, 4000
	src := make([]float64, images*side*side)
	for i := range src { // a single bright place, in the middle, and another right of it
		switch i % (side * side) {
		case 4*side + 4:
			src[i] = 1
		case 4*side + 5:
			src[i] = 2
		}
	}
	x, y := e.put(src, images, 1, side, side), e.out(images, 1, side, side)
	e.b.Augment(y.Tensor, x.Tensor, compute.Augmentation{Pad: pad, Flip: true, Seed: 11, Purpose: compute.PurposeAugment}, e.counter(3).Tensor)
	counts := map[[3]int]int{}
	for b, got := 0, y.get(); b < images; b++ {
		var one, two int
		for i, v := range got[b*side*side : (b+1)*side*side] {
			switch v {
			case 1:
				one = i
			case 2:
				two = i
			}
		}
		counts[[3]int{one / side, one % side, two - one}]++
	}
	const kinds = (2*pad + 1) * (2*pad + 1) * 2
	mean := float64(images) / kinds
	for k, n := range counts {
		if math.Abs(float64(n)-mean) > 5*math.Sqrt(mean) {
			e.fail("Augment: %v occurs %d times in %d images, want about %.0f", k, n, images, mean)
		}
	}
	if len(counts) != kinds {
		e.fail("Augment: %d different results, want %d", len(counts), kinds)
	}
}
