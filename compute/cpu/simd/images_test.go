package simd

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"noise2sparse/compute/cpu/kernel"
)

// TestDepthwiseWeight compares strips of channels with kernels of every size, also larger than the image.
func TestDepthwiseWeight(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(27, 28))
		for _, s := range []kernel.Shape{{H: 8, W: 8, C: 16}, {H: 3, W: 5, C: 33}, {H: 6, W: 16, C: 17}, {H: 2, W: 40, C: 3}} {
			for _, k := range []int{1, 2, 3, 4, 5, 6, 7, 9, 11} {
				n := s.H * s.W * s.C
				dy, x := values(r, n, false), values(r, n, n%2 == 0)
				for c := 0; c < s.C; c += kernel.Lanes {
					cols := min(kernel.Lanes, s.C-c)
					got, want, row := make([]float64, k*k*cols), make([]float64, k*k*cols), make([]float32, cols)
					for range 2 {
						DepthwiseWeight(got, dy, x, row, c, cols, s, k)
						kernel.DepthwiseWeight(want, dy, x, row, c, cols, s, k)
					}
					same(t, fmt.Sprintf("channels from %d of %+v, kernel %d", c, s, k), got, want)
				}
			}
		}
	})
}

// TestBatchNorm compares the sums and the last pass, with rows and columns around every block size.
func TestBatchNorm(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(29, 30))
		for _, rows := range []int{1, 7, 8, 9, 33} {
			for _, cols := range []int{1, 15, 16, 17, 64, 70} {
				for _, special := range []bool{false, true} {
					what := fmt.Sprintf("(%d × %d)", rows, cols)
					x, dy, mean, c := values(r, rows*cols, special), values(r, rows*cols, special), values(r, cols, false), values(r, 3*cols, false)
					got, want := make([]float64, cols), make([]float64, cols)
					ColSquares(got, x, mean, rows)
					kernel.ColSquares(want, x, mean, rows)
					same(t, "squares of "+what, got, want)
					ColProducts(got, dy, x, mean, rows)
					kernel.ColProducts(want, dy, x, mean, rows)
					same(t, "products of "+what, got, want)
					dx, wantDx := clone(x), clone(x)
					NormGradient(dx, dy, x, mean, c, rows)
					kernel.NormGradient(wantDx, dy, x, mean, c, rows)
					same(t, "gradient of "+what, dx, wantDx)
				}
			}
		}
	})
}
