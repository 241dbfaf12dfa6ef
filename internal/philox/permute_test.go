package philox

import (
	"math"
	"testing"
)

func TestPermutationIsABijection(t *testing.T) {
	sizes := []int{1000, 1023, 1024, 1025, 4096, 4097, 50000, 65536, 65537, 262144}
	for n := 1; n <= 300; n++ {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		for epoch := uint64(0); epoch < 3; epoch++ {
			p := NewPermutation(5, epoch, n)
			seen := make([]bool, n)
			for i := range n {
				j := p.At(i)
				if j < 0 || j >= n || seen[j] {
					t.Fatalf("n=%d epoch=%d: %d goes to %d, out of range or taken", n, epoch, i, j)
				}
				seen[j] = true
				if q := Permute(5, epoch, n, i); q != j {
					t.Fatalf("n=%d: Permute says %d, At %d", n, q, j)
				}
			}
		}
	}
}

func TestPermutationRefusesImpossibleSizes(t *testing.T) {
	for _, n := range []int{0, -1, 1 << 31} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("n=%d was accepted", n)
				}
			}()
			NewPermutation(1, 1, n)
		}()
	}
	p := NewPermutation(1, 1, MaxPermutation)
	if j := p.At(MaxPermutation - 1); j < 0 || j >= MaxPermutation {
		t.Errorf("largest size: %d is out of range", j)
	}
}

// TestPermutationsAreUniform: over many epochs, each of the n! orders of a few things is equally
// frequent, by Pearson's chi-squared within five standard deviations.
func TestPermutationsAreUniform(t *testing.T) {
	for n, orders := range map[int]int{2: 2, 3: 6, 4: 24, 5: 120} {
		counts := map[int]int{}
		epochs := 200 * orders
		for e := range epochs {
			p := NewPermutation(17, uint64(e), n)
			code := 0
			for i := range n {
				code = code*n + p.At(i)
			}
			counts[code]++
		}
		checkChiSquared(t, "orders", n, counts, orders, epochs)
	}
}

// TestPlacesAreUniform: over epochs and over seeds, element i is equally often at each place, and
// so is the difference of the places of two neighbours.
func TestPlacesAreUniform(t *testing.T) {
	for _, n := range []int{7, 50, 64, 100, 1000} {
		for _, i := range []int{0, 1, n / 2, n - 1} {
			place, gap, bySeed := map[int]int{}, map[int]int{}, map[int]int{}
			epochs := 100 * n
			for e := range epochs {
				p := NewPermutation(3, uint64(e), n)
				q := NewPermutation(uint64(e), 3, n)
				a, b := p.At(i), p.At((i+1)%n)
				place[a]++
				gap[(a-b+n)%n]++
				bySeed[q.At(i)]++
			}
			checkChiSquared(t, "places", n, place, n, epochs)
			checkChiSquared(t, "gaps", n, gap, n-1, epochs)
			checkChiSquared(t, "places by seed", n, bySeed, n, epochs)
		}
	}
}

// TestEpochsShareNoStructure: two epochs' orders agree in about one place (a Poisson variable of
// mean 1), and neither order nor its distance to the next is correlated with the identity.
func TestEpochsShareNoStructure(t *testing.T) {
	const n, epochs = 4096, 200
	agree := 0
	for e := range uint64(epochs) {
		p, q := NewPermutation(5, e, n), NewPermutation(5, e+1, n)
		var withIndex, withNext float64
		for i := range n {
			a, b := p.At(i), q.At(i)
			if a == b {
				agree++
			}
			x := float64(a) - (n-1)/2.0
			withIndex += x * (float64(i) - (n-1)/2.0)
			withNext += x * (float64(b) - (n-1)/2.0)
		}
		variance := (float64(n)*n - 1) / 12 * n
		for _, r := range []float64{withIndex / variance, withNext / variance} {
			if math.Abs(r) > 5/math.Sqrt(n) {
				t.Errorf("epoch %d: correlation %v", e, r)
			}
		}
	}
	if d := float64(agree-epochs) / math.Sqrt(epochs); math.Abs(d) > 5 {
		t.Errorf("%d agreements in %d pairs of epochs; about one each is expected", agree, epochs)
	}
}

// TestAvalanche: changing one bit of the input (on a full domain, without cycle walking) changes
// each output bit with probability 1/2.
func TestAvalanche(t *testing.T) {
	const n, bitsOf = 1 << 16, 16
	p := NewPermutation(5, 9, n)
	for in := range bitsOf {
		var flips [bitsOf]int
		for i := range n {
			d := p.At(i) ^ p.At(i^1<<in)
			for out := range bitsOf {
				flips[out] += d >> out & 1
			}
		}
		for out, f := range flips {
			if r := float64(f)/n - 0.5; math.Abs(r) > 0.02 {
				t.Errorf("input bit %d flips output bit %d with probability %.3f", in, out, 0.5+r)
			}
		}
	}
}

// checkChiSquared compares counts with a uniform distribution over k outcomes.
func checkChiSquared(t *testing.T, what string, n int, counts map[int]int, k, total int) {
	t.Helper()
	expected := float64(total) / float64(k)
	chi := expected * float64(k-len(counts)) // outcomes that never came
	for _, c := range counts {
		d := float64(c) - expected
		chi += d * d / expected
	}
	df := float64(k - 1)
	if z := (chi - df) / math.Sqrt(2*df); z > 5 {
		t.Errorf("n=%d: %s are not uniform: chi-squared %.0f with %.0f degrees of freedom", n, what, chi, df)
	}
}

func BenchmarkPermutation(b *testing.B) {
	p := NewPermutation(5, 1, 50000)
	for i := range b.N {
		p.At(i % 50000)
	}
}
