package simd

import (
	"math/rand/v2"
	"testing"

	"noise2sparse/compute/cpu/kernel"
)

// TestTopK compares thresholds, ties and masks with the kernel's, for rows of every length, with
// special values and with many equal ones.
func TestTopK(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for _, n := range lengths() {
			if n == 0 {
				continue
			}
			x := values(r, n, n%2 == 0)
			if n%3 == 0 {
				for i := range x {
					x[i] = float32(int(x[i]))
				}
			}
			for _, k := range []int{1, min(10, n), (n + 1) / 2, n} {
				want, wantTies := kernel.TopKThreshold(x, k, make([]float32, kernel.TopKScratch(n)))
				got, ties := TopKThreshold(x, k, make([]float32, kernel.TopKScratch(n)))
				same(t, "threshold", []float32{got}, []float32{want})
				if ties != wantTies {
					t.Fatalf("n %d, k %d: %d ties, the kernel has %d", n, k, ties, wantTies)
				}
				y, wantY := clone(x), clone(x)
				TopKMask(y, y, got, ties)
				kernel.TopKMask(wantY, wantY, want, wantTies)
				same(t, "mask", y, wantY)
			}
		}
	})
}

// BenchmarkTopK selects 10 of 10,000 neurons in each of 1,024 rows, on one core.
func BenchmarkTopK(b *testing.B) {
	const rows, cols, k = 1024, 10000, 10
	x := values(rand.New(rand.NewPCG(1, 1)), rows*cols, false)
	y, scratch := make([]float32, len(x)), make([]float32, kernel.TopKScratch(cols))
	perLevel(b, 8*len(x), func() {
		for i := 0; i < len(x); i += cols {
			t, ties := TopKThreshold(x[i:i+cols], k, scratch)
			TopKMask(y[i:i+cols], x[i:i+cols], t, ties)
		}
	})
}
