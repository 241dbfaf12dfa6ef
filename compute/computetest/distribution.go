package computetest

import (
	"fmt"
	"math"
	"sort"

	"noise2sparse/compute"
)

// draws is the sample size of the statistical checks, an odd number. The seeds are fixed, so a
// check that passes always passes; the bounds are 5 standard errors, or a Kolmogorov-Smirnov
// distance that chance exceeds once in 10,000.
const draws = 131075

// law is a distribution to compare a sample with.
type law struct {
	mean, variance, kurtosis float64
	cdf                      func(x float64) float64
}

func gaussianLaw(a float64) law {
	return law{0, a * a, 3, func(x float64) float64 { return math.Erfc(-x/a/math.Sqrt2) / 2 }}
}

func laplaceLaw(b float64) law {
	return law{0, 2 * b * b, 6, func(x float64) float64 {
		if x < 0 {
			return math.Exp(x/b) / 2
		}
		return 1 - math.Exp(-x/b)/2
	}}
}

func exponentialLaw(rate float64) law {
	return law{1 / rate, 1 / rate / rate, 9, func(x float64) float64 {
		if x < 0 {
			return 0
		}
		return -math.Expm1(-rate * x)
	}}
}

func uniformLaw(lo, hi float64) law {
	return law{(lo + hi) / 2, (hi - lo) * (hi - lo) / 12, 1.8, func(x float64) float64 { return (x - lo) / (hi - lo) }}
}

func checkNoiseDistribution(e *env) {
	for _, amount := range []float64{0.05, 0.8, 3} {
		for _, c := range []struct {
			kind compute.NoiseKind
			law  law
		}{
			{compute.Gaussian, gaussianLaw(amount)},
			{compute.Laplace, laplaceLaw(amount)},
			{compute.Exponential, exponentialLaw(amount)},
		} {
			v := e.noise(draw{c.kind, amount, 11, compute.PurposeTraining, 2}, draws)
			what := fmt.Sprintf("%s noise of amount %v", kinds[c.kind].name, amount)
			e.moments(what, v, c.law)
			e.independent(what, v)
			if d := distance(v, c.law.cdf); d > 2.23/math.Sqrt(draws) {
				e.fail("%s: Kolmogorov-Smirnov distance %.5f", what, d)
			}
			e.tails(what, v, c.law)
		}
	}
}

func checkUniformDistribution(e *env) {
	x := e.out(draws)
	e.b.Uniform(x.Tensor, -0.1, 0.3, 3, compute.PurposeInit)
	v, l := x.get(), uniformLaw(-0.1, 0.3)
	e.moments("Uniform", v, l)
	e.independent("Uniform", v)
	if d := distance(v, l.cdf); d > 2.23/math.Sqrt(draws) {
		e.fail("Uniform: Kolmogorov-Smirnov distance %.5f", d)
	}
}

// checkPoisson compares the cumulative counts; for a discrete law the bound is conservative.
func checkPoisson(e *env) {
	for _, mean := range []float64{0.05, 0.8, 3, 10, 30} {
		v := e.noise(draw{compute.Poisson, mean, 11, compute.PurposeTraining, 2}, draws)
		what := fmt.Sprintf("poisson noise of mean %v", mean)
		e.moments(what, v, law{mean: mean, variance: mean, kurtosis: 3 + 1/mean})
		e.independent(what, v)
		counts := make([]int, int(mean+20*math.Sqrt(mean)+20))
		for i, x := range v {
			if x != math.Trunc(x) || x < 0 || int(x) >= len(counts) {
				e.fail("%s: element %d is %v", what, i, x)
				return
			}
			counts[int(x)]++
		}
		seen, p, cumulative := 0, math.Exp(-mean), 0.0
		for k, c := range counts {
			seen += c
			cumulative += p
			p *= mean / float64(k+1)
			if d := math.Abs(float64(seen)/draws - cumulative); d > 2.23/math.Sqrt(draws) {
				e.fail("%s: P(x ≤ %d) is %.5f in the sample, should be %.5f", what, k, float64(seen)/draws, cumulative)
				break
			}
		}
	}
}

// moments checks mean and variance against their standard errors.
func (e *env) moments(what string, v []float64, l law) {
	n := float64(len(v))
	mean := sum(v) / n
	squares := make([]float64, len(v))
	for i, x := range v {
		squares[i] = (x - mean) * (x - mean)
	}
	variance := sum(squares) / (n - 1)
	if !(math.Abs(mean-l.mean) <= 5*math.Sqrt(l.variance/n)) {
		e.fail("%s: mean %.6f, should be %.6f", what, mean, l.mean)
	}
	if !(math.Abs(variance-l.variance) <= 5*l.variance*math.Sqrt((l.kurtosis-1)/n)) {
		e.fail("%s: variance %.6f, should be %.6f", what, variance, l.variance)
	}
}

// tails checks that numbers as rare as 1 in draws/8 occur on both sides and that none is rarer
// than chance allows, which would show a generator of too few bits, or log 0.
func (e *env) tails(what string, v []float64, l law) {
	lowest, highest := math.Inf(1), math.Inf(-1)
	for _, x := range v {
		lowest, highest = math.Min(lowest, x), math.Max(highest, x)
	}
	for _, p := range []float64{l.cdf(lowest), 1 - l.cdf(highest)} {
		if !(p*draws < 8 && p*draws > 1e-4) {
			e.fail("%s: the range of %d draws is %v to %v, its outside has probability %.2g", what, draws, lowest, highest, p)
		}
	}
}

// independent checks that neighbours up to distance 8 are uncorrelated: Philox gives four numbers
// a block, and vector code handles up to eight together.
func (e *env) independent(what string, v []float64) {
	for lag := 1; lag <= 8; lag++ {
		if r := correlation(v[lag:], v[:len(v)-lag]); math.Abs(r) > 5/math.Sqrt(float64(len(v))) {
			e.fail("%s: elements %d apart correlate by %.4f", what, lag, r)
		}
	}
}

// correlation is Pearson's coefficient; NaN becomes 1, so that it fails.
func correlation(x, y []float64) float64 {
	n := float64(len(x))
	mx, my := sum(x)/n, sum(y)/n
	var xy, xx, yy float64
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
	}
	if r := xy / math.Sqrt(xx*yy); !math.IsNaN(r) {
		return r
	}
	return 1
}

// distance is the Kolmogorov-Smirnov distance of a sample from a continuous distribution.
func distance(v []float64, cdf func(float64) float64) float64 {
	sorted := append([]float64{}, v...)
	sort.Float64s(sorted)
	n, worst := float64(len(v)), 0.0
	for i, x := range sorted {
		p := cdf(x)
		worst = math.Max(worst, math.Max(p-float64(i)/n, float64(i+1)/n-p))
	}
	return worst
}
