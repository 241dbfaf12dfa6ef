package kernel

import (
	"math"
	"slices"
	"strings"
	"testing"

	"noise2sparse/internal/philox"
)

// distributions lists each kind with the moments and distribution function of one amount.
var distributions = []struct {
	kind                     NoiseKind
	amount                   float64
	mean, variance, kurtosis float64 // kurtosis is the fourth central moment over variance²
	cdf                      func(x float64) float64
	limit                    float64 // largest |noise| by the documentation
}{
	{Gaussian, 0.8, 0, 0.64, 3, func(x float64) float64 { return 0.5 * math.Erfc(-x/0.8/math.Sqrt2) }, 6.77 * 0.8},
	{Laplace, 0.5, 0, 0.5, 6, func(x float64) float64 {
		if x < 0 {
			return 0.5 * math.Exp(x/0.5)
		}
		return 1 - 0.5*math.Exp(-x/0.5)
	}, 22.2 * 0.5},
	{Exponential, 4, 0.25, 1.0 / 16, 9, func(x float64) float64 { return 1 - math.Exp(-4*x) }, 22.9 / 4},
	{Poisson, 0.3, 0.3, 0.3, 3 + 1/0.3, poissonCDF(0.3), 14},
	{Poisson, 3, 3, 3, 3 + 1.0/3, poissonCDF(3), 30},
	{Poisson, 64, 64, 64, 3 + 1.0/64, poissonCDF(64), 130},
	{Poisson, 256, 256, 256, 3 + 1.0/256, poissonCDF(256), 400},
}

// poissonCDF sums P(X = k) = exp(k ln λ − λ − ln k!).
func poissonCDF(rate float64) func(float64) float64 {
	return func(x float64) float64 {
		p := 0.0
		for k := 0; float64(k) <= x; k++ {
			lg, _ := math.Lgamma(float64(k) + 1)
			p += math.Exp(float64(k)*math.Log(rate) - rate - lg)
		}
		return p
	}
}

// draws returns n elements of noise from element 0 of a stream.
func draws(t *testing.T, kind NoiseKind, amount float64, n int, s philox.Stream) []float32 {
	t.Helper()
	var nz Noise
	if err := nz.Set(kind, amount); err != nil {
		t.Fatal(err)
	}
	z := make([]float32, n)
	AddNoise(z, nil, 0, &nz, s)
	return z
}

func TestNoiseMoments(t *testing.T) {
	const n = 1 << 20
	for _, d := range distributions {
		z := draws(t, d.kind, d.amount, n, philox.Stream{Seed: 5, Purpose: 1, Step: 1 << 40})
		var m1, m2, m4, lag1, lag2 float64
		for _, v := range z {
			m1 += float64(v) - d.mean
			if math.Abs(float64(v)) > d.limit {
				t.Fatalf("%v %v: %v is beyond the limit %v", d.kind, d.amount, v, d.limit)
			}
		}
		m1 /= n
		for i, v := range z {
			x := float64(v) - d.mean
			m2 += x * x
			m4 += x * x * x * x
			if i >= 2 {
				lag1 += x * (float64(z[i-1]) - d.mean)
				lag2 += x * (float64(z[i-2]) - d.mean)
			}
		}
		m2, m4 = m2/n, m4/n
		se := 1 / math.Sqrt(n)
		check := func(what string, off, standardError float64) {
			if math.Abs(off) > 5*standardError {
				t.Errorf("%v %v: %s is off by %v, standard error %v", d.kind, d.amount, what, off, standardError)
			}
		}
		check("mean", m1/math.Sqrt(d.variance), se)
		check("variance", m2/d.variance-1, se*math.Sqrt(d.kurtosis-1))
		// The fourth moment's error follows from the eighth, at most 8!·variance⁴·16 here.
		check("kurtosis", m4/(d.variance*d.variance)/d.kurtosis-1, se*20)
		check("correlation at lag 1", lag1/n/d.variance, se)
		check("correlation at lag 2", lag2/n/d.variance, se)
	}
}

// TestNoiseDistribution compares with the exact distribution function: Kolmogorov and Smirnov's
// distance, whose probability of exceeding 2/√n is below 7e-4, for continuous ones; for Poisson the
// frequency of every value within five standard errors.
func TestNoiseDistribution(t *testing.T) {
	const n = 1 << 20
	for _, d := range distributions {
		z := draws(t, d.kind, d.amount, n, philox.Stream{Seed: 11, Purpose: 3, Step: 2})
		slices.Sort(z)
		if d.kind == Poisson {
			checkFrequencies(t, d.amount, z, d.cdf)
			continue
		}
		worst := 0.0
		for i, v := range z {
			f := d.cdf(float64(v))
			worst = max(worst, math.Abs(f-float64(i)/n), math.Abs(f-float64(i+1)/n))
		}
		if worst > 2/math.Sqrt(n) {
			t.Errorf("%v: distance from the distribution %v, limit %v", d.kind, worst, 2/math.Sqrt(n))
		}
	}
}

// checkFrequencies compares the frequency of each integer in z with its probability.
func checkFrequencies(t *testing.T, rate float64, z []float32, cdf func(float64) float64) {
	counts := map[int]float64{}
	for _, v := range z {
		if v != float32(int(v)) || v < 0 {
			t.Fatalf("poisson: %v is not a count", v)
		}
		counts[int(v)]++
	}
	n := float64(len(z))
	for k := range 400 {
		p := cdf(float64(k)) - cdf(float64(k-1))
		if d := counts[k] - n*p; math.Abs(d) > 5*math.Sqrt(n*p+1) {
			t.Errorf("poisson %v: %v times %d, expected %v", rate, counts[k], k, n*p)
		}
	}
}

// TestPoissonTable: every threshold is the distribution function, to its rounding.
func TestPoissonTable(t *testing.T) {
	for _, rate := range []float64{1e-12, 1e-3, 0.5, 1, 7.25, 64, 255.9, MaxPoissonRate} {
		var n Noise
		if err := n.Set(Poisson, rate); err != nil {
			t.Fatal(err)
		}
		cdf := poissonCDF(rate)
		for i := range n.Count {
			want := cdf(float64(n.Base)+float64(i)) * (1 << 32)
			if d := math.Abs(float64(n.Thresholds[i]) - want); d > 1 {
				t.Errorf("rate %v, threshold %d is %d, want %v", rate, i, n.Thresholds[i], want)
			}
		}
		if below := cdf(float64(n.Base) - 1); below > 0x1p-32 {
			t.Errorf("rate %v: counts below %v are left out, probability %v", rate, n.Base, below)
		}
		if above := 1 - cdf(float64(n.Base)+float64(n.Count)); above > 0x1p-32 {
			t.Errorf("rate %v: counts above %v are left out, probability %v", rate, n.Base+float32(n.Count), above)
		}
	}
}

// TestNoiseDoesNotDependOnCutting: any ranges that start at multiples of 4 give the same bits.
func TestNoiseDoesNotDependOnCutting(t *testing.T) {
	const n = 1000
	s := philox.Stream{Seed: 1, Purpose: 2, Step: 3}
	for _, d := range distributions {
		var nz Noise
		if err := nz.Set(d.kind, d.amount); err != nil {
			t.Fatal(err)
		}
		src := make([]float32, n)
		wide := make([]float64, n)
		FillUniform(src, 0, -1, 1, s)
		whole := make([]float32, n)
		AddNoise(whole, src, 0, &nz, s)
		for _, cut := range []int{4, 64, 500, 996} {
			part := append([]float32(nil), src...)
			AddNoise(part[cut:], part[cut:], cut, &nz, s)
			AddNoise(part[:cut], part[:cut], 0, &nz, s)
			for i := range part {
				if part[i] != whole[i] {
					t.Fatalf("%v cut at %d: element %d is %v, uncut %v", d.kind, cut, i, part[i], whole[i])
				}
			}
		}
		alone := make([]float32, n)
		AddNoise(alone, nil, 0, &nz, s)
		AddNoise(wide, nil, 0, &nz, s)
		for i := range wide {
			if wide[i] != float64(alone[i]) {
				t.Fatalf("%v: float64 noise %v, float32 %v", d.kind, wide[i], alone[i])
			}
		}
	}
}

// TestNoiseMath compares logarithm, cosine and sine with math's.
func TestNoiseMath(t *testing.T) {
	check := func(what string, x uint32, got float32, want, ulps float64) {
		unit := math.Max(math.Abs(want), 0x1p-24) * 0x1p-23
		if math.Abs(float64(got)-want) > ulps*unit {
			t.Fatalf("%s of %#x is %v, want %v", what, x, got, want)
		}
	}
	for i := range 1 << 20 {
		x := uint32(i)<<12 | uint32(i)>>8
		for _, x := range []uint32{x, uint32(i), -uint32(i)} {
			u := unit(x)
			if u <= 0 || u > 1 {
				t.Fatalf("unit(%#x) = %v", x, u)
			}
			check("-ln", x, negLog(u), -math.Log(float64(u)), 1.2)
			c, s := cosSinTurn(x)
			wantS, wantC := math.Sincos(float64(x) * (math.Pi / (1 << 31)))
			if math.Abs(float64(c)-wantC) > 2*0x1p-24 || math.Abs(float64(s)-wantS) > 2*0x1p-24 {
				t.Fatalf("cos, sin of %#x/2³² turns are %v, %v; want %v, %v", x, c, s, wantC, wantS)
			}
		}
	}
}

// TestNoiseBits pins a few values, which other backends must reproduce.
func TestNoiseBits(t *testing.T) {
	for kind, want := range goldenNoise {
		z := draws(t, kind, 1, len(want), philox.Stream{Seed: 0x0123456789ABCDEF, Purpose: 1, Step: 1<<32 + 5})
		for i, w := range want {
			if got := math.Float32bits(z[i]); got != w {
				t.Errorf("%v element %d: %#08x (%v), want %#08x", kind, i, got, z[i], w)
			}
		}
	}
}

func TestNoiseRefuses(t *testing.T) {
	for _, c := range []struct {
		kind   NoiseKind
		amount float64
		want   string
	}{
		{Gaussian, -1, "at least 0"},
		{Laplace, math.NaN(), "finite"},
		{Exponential, math.Inf(1), "finite"},
		{Exponential, 0, "must be positive"},
		{Poisson, 0, "must be positive"},
		{Poisson, 257, "up to 256"},
		{Poisson + 1, 1, "unknown"},
	} {
		var n Noise
		if err := n.Set(c.kind, c.amount); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v of %v: error %v, want one with %q", c.kind, c.amount, err, c.want)
		}
	}
}

func TestNoiseOfAmountZeroChangesNothing(t *testing.T) {
	for _, kind := range []NoiseKind{Gaussian, Laplace} {
		for i, v := range draws(t, kind, 0, 100, philox.Stream{}) {
			if v != 0 {
				t.Fatalf("%v: element %d is %v", kind, i, v)
			}
		}
	}
}
