package computetest

import (
	"fmt"
	"math"
	"slices"

	"noise2sparse/compute"
)

var shuffleChecks = []check{
	{"Definition", checkShuffleDefinition},
	{"Permutation", checkPermutation},
	{"Keys", checkShuffleKeys},
	{"Uniformity", checkShuffleUniformity},
}

// order collects a whole epoch, batch by batch, the last one smaller.
func (e *env) order(n, stride int, seed uint64, epoch int64) []float64 {
	e.Helper()
	index, batch, at := e.alloc(compute.Int32, stride), e.counter(0), e.counter(epoch)
	var all []float64
	for lo := 0; lo < n; lo += stride {
		b := min(stride, n-lo)
		e.b.Upload(index.Tensor, slices.Repeat([]byte{0xFF}, index.Bytes()))
		e.b.Shuffle(index.Head(b), n, seed, at.Tensor, batch.Tensor, stride)
		got := index.get()
		for _, rest := range got[b:] {
			if rest != -1 {
				e.fail("Shuffle of a last batch of %d wrote beyond it", b)
				break
			}
		}
		all = append(all, got[:b]...)
		e.b.Advance(batch.Tensor, 1)
	}
	return all
}

// checkPermutation: an epoch visits every sample once, and batches of any size cut one order.
func checkPermutation(e *env) {
	for _, e := range e.offsets() {
		for _, n := range []int{1, 2, 3, 4, 5, 15, 16, 17, 64, 65, 1000, 1025, 50001} {
			whole := e.order(n, n, 5, 3)
			sorted := slices.Sorted(slices.Values(whole))
			for i, v := range sorted {
				if v != float64(i) {
					e.fail("Shuffle of %d is not a permutation: the sorted order has %v at %d", n, v, i)
					break
				}
			}
			for _, stride := range []int{1, 7, 16, 512} {
				if stride < n && n/stride < 150 {
					e.same(fmt.Sprintf("Shuffle of %d in batches of %d at offset %d", n, stride, e.before),
						e.order(n, stride, 5, 3), whole)
				}
			}
		}
	}
}

// checkShuffleKeys: another seed or epoch gives an unrelated order, and no order resembles the
// files' own.
func checkShuffleKeys(e *env) {
	const n = 1025
	identity := make([]float64, n)
	for i := range identity {
		identity[i] = float64(i)
	}
	base := e.order(n, n, 5, 3)
	e.same("Shuffle again", e.order(n, n, 5, 3), base)
	for name, other := range map[string][]float64{
		"the file's order":              identity,
		"the next epoch":                e.order(n, n, 5, 4),
		"epoch 2^32 later":              e.order(n, n, 5, 3+1<<32),
		"the next seed":                 e.order(n, n, 6, 3),
		"a seed with another high word": e.order(n, n, 5+1<<32, 3),
	} {
		if r := correlation(base, other); math.Abs(r) > 5/math.Sqrt(n) {
			e.fail("Shuffle correlates with %s by %.3f", name, r)
		}
		same := 0
		for i := range base {
			same += int(indicator(base[i] == other[i]))
		}
		if same > 8 { // of a Poisson law with mean 1: once in 900,000
			e.fail("Shuffle agrees with %s in %d of %d places", name, same, n)
		}
	}
	neighbours := 0
	for i := 1; i < n; i++ {
		neighbours += int(indicator(math.Abs(base[i]-base[i-1]) == 1))
	}
	if neighbours > 12 { // mean 2
		e.fail("Shuffle leaves %d of %d neighbours side by side", neighbours, n)
	}
}

// checkShuffleUniformity: over many epochs each of n samples is as often at each place. Chi-square
// with (n-1)² degrees of freedom, within 5 standard deviations.
func checkShuffleUniformity(e *env) {
	const epochs = 3000
	for _, n := range []int{3, 8, 13} {
		counts := make([]float64, n*n)
		index, at, batch := e.alloc(compute.Int32, n), e.counter(0), e.counter(0)
		for range epochs {
			e.b.Shuffle(index.Tensor, n, 9, at.Tensor, batch.Tensor, n)
			for i, v := range index.get() {
				if !(v >= 0 && v < float64(n)) {
					e.fail("Shuffle of %d gave %v", n, v)
					return
				}
				counts[i*n+int(v)]++
			}
			e.b.Advance(at.Tensor, 1)
		}
		expected, chi := epochs/float64(n), 0.0
		for _, c := range counts {
			chi += (c - expected) * (c - expected) / expected
		}
		freedom := float64((n - 1) * (n - 1))
		if chi > freedom+5*math.Sqrt(2*freedom)+5 {
			e.fail("Shuffle of %d over %d epochs: chi-square %.0f with %.0f degrees of freedom", n, epochs, chi, freedom)
		}
	}
}
