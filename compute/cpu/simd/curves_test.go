package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"noise2sparse/compute/cpu/kernel"
)

// TestCurves compares every function on numbers of all sizes: each exponent, each special value, and
// around the places where a function changes its formula.
func TestCurves(t *testing.T) {
	var x []float32
	r := rand.New(rand.NewPCG(21, 22))
	for bits := uint64(0); bits < 1<<32; bits += 1<<32/200000 + 7 {
		x = append(x, math.Float32frombits(uint32(bits)))
	}
	for _, edge := range []float64{0, 0.3465735, 0.625, 3.9, 5.515, 20, 30, 87.34, 88.3763, 88.7228, 89, 103.97, 104} {
		for i := -20; i < 20; i++ {
			v := math.Float32frombits(uint32(int32(math.Float32bits(float32(edge))) + int32(max(i, -int(math.Float32bits(float32(edge)))))))
			x = append(x, v, -v)
		}
	}
	x = append(x, values(r, 5000, true)...)
	got, want := make([]float32, len(x)), make([]float32, len(x))
	for f := kernel.Exp; f <= kernel.SoftplusSlope; f++ {
		kernel.Curve(f, want, x)
		forEachLevel(t, func(t *testing.T) {
			for _, n := range []int{len(x), 64, 65, 79} {
				Curve(f, got[:n], x[:n])
				same(t, fmt.Sprintf("function %d", f), got[:n], want[:n])
			}
		})
	}
}

// TestFinish compares epilogues with every combination of parts, on windows.
func TestFinish(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(23, 24))
		for _, s := range [][3]int{{1, 64, 64}, {5, 17, 20}, {9, 33, 33}, {30, 3, 7}} {
			rows, cols, ld := s[0], s[1], s[2]
			for parts := range 32 {
				x := values(r, rows*ld, true)
				e := epilogueOf(r, parts, cols, rows*ld)
				got, want := clone(x), clone(x)
				Finish(got, x, ld, rows, cols, e)
				kernel.Finish(want, x, ld, rows, cols, e)
				same(t, fmt.Sprintf("Finish of %v, parts %05b", s, parts), got, want)
			}
		}
	})
}

// epilogueOf has the parts whose bits are set.
func epilogueOf(r *rand.Rand, parts, cols, n int) kernel.Epilogue[float32] {
	e := kernel.Epilogue[float32]{GELU: parts&2 != 0, ReLU: parts&16 != 0}
	if parts&1 != 0 {
		e.Bias = values(r, cols, false)
	}
	if parts&4 != 0 {
		e.Scale, e.Shift = values(r, cols, false), values(r, cols, false)
	}
	if parts&8 != 0 {
		e.Residual = values(r, n, false)
	}
	return e
}

// TestDepthwise compares rows with kernels of every size, also larger than the image, tails of places
// and channels.
func TestDepthwise(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(25, 26))
		for _, s := range []kernel.Shape{{H: 1, W: 1, C: 64}, {H: 3, W: 5, C: 17}, {H: 6, W: 16, C: 48}, {H: 9, W: 13, C: 33}, {H: 2, W: 30, C: 3}} {
			for _, k := range []int{1, 2, 3, 4, 5, 7, 8, 9, 11} {
				d := kernel.Depth{Shape: s, K: k, Before: (k - 1) / 2, LD: kernel.WholeVectors(s.C)}
				n := s.H * s.W * s.C
				x, w, taps := values(r, n, n%2 == 0), values(r, s.C*k*k, false), make([]float32, k*k*d.LD)
				kernel.TapWeights(taps, w, d.LD, s.C, k, k%2 == 0)
				e := epilogueOf(r, r.IntN(32), s.C, n)
				got, want := make([]float32, s.W*s.C), make([]float32, s.W*s.C)
				for i := range s.H {
					Depthwise(got, x, taps, i, &d, e)
					kernel.Depthwise(want, x, taps, i, &d, e)
					same(t, fmt.Sprintf("row %d of %+v, kernel %d", i, s, k), got, want)
				}
			}
		}
	})
}
