package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

var randomChecks = []check{
	{"NoiseDefinition", checkNoiseDefinition},
	{"NoiseAdds", checkNoiseAdds},
	{"NoiseCounts", checkNoiseCounts},
	{"NoiseStreams", checkNoiseStreams},
	{"NoiseAmount", checkNoiseAmount},
	{"NoiseDistribution", checkNoiseDistribution},
	{"PoissonDistribution", checkPoisson},
	{"UniformDefinition", checkUniformDefinition},
	{"UniformBounds", checkUniformBounds},
	{"UniformStreams", checkUniformStreams},
	{"UniformDistribution", checkUniformDistribution},
	{"Panics", checkRandomPanics},
	{"KeepMask", checkKeepMask},
}

// kinds are the noise distributions by name.
var kinds = []struct {
	kind compute.NoiseKind
	name string
}{
	{compute.Gaussian, "gaussian"},
	{compute.Laplace, "laplace"},
	{compute.Exponential, "exponential"},
	{compute.Poisson, "poisson"},
}

// draw is what identifies one draw of noise.
type draw struct {
	kind    compute.NoiseKind
	amount  float64
	seed    uint64
	purpose compute.Purpose
	step    int64
}

// noise returns n numbers of the draw: noise added to zeros.
func (e *env) noise(d draw, n int) []float64 {
	e.Helper()
	src, dst := e.put(make([]float64, n), 1, n), e.out(1, n)
	e.addNoise(dst.Tensor, src.Tensor, d)
	return dst.get()
}

func (e *env) addNoise(dst, src compute.Tensor, d draw) {
	n := compute.Noise{Kind: d.kind, Amount: e.scalar(d.amount).Tensor, Seed: d.seed, Purpose: d.purpose}
	e.b.AddNoise(dst, src, n, e.counter(d.step).Tensor)
}

// checkNoiseAdds: dst is src plus the noise, rounded once, out of place and in place; NaN and
// infinities in src stay. Noise on zeros is therefore the noise itself.
func checkNoiseAdds(e *env) {
	for _, e := range e.offsets() {
		for _, k := range kinds {
			for _, n := range sizes {
				d := draw{k.kind, 0.8, 5, compute.PurposeTraining, int64(n)}
				base := e.normal(n)
				copy(base[n/2:], []float64{math.NaN(), math.Inf(1), math.Inf(-1)})
				want := e.noise(d, n)
				for i := range want {
					want[i] = e.round(base[i] + want[i])
				}
				what := fmt.Sprintf("AddNoise %s to %d at offset %d", k.name, n, e.before)
				src, dst := e.put(base, n), e.out(n)
				e.addNoise(dst.Tensor, src.Tensor, d)
				e.equal(what, dst.get(), want)
				e.same(what+": src afterwards", src.get(), base)
				e.addNoise(src.Tensor, src.Tensor, d)
				e.equal(what+" in place", src.get(), want)
			}
		}
	}
}

// checkNoiseCounts: element i of dst gets number i, whatever the shape, the length of dst, where
// dst lies in its buffer, and how often the draw was made before.
func checkNoiseCounts(e *env) {
	const n = 1025 * 7
	for _, k := range kinds {
		d := draw{k.kind, 0.8, 1 << 40, compute.PurposeMetric, 1<<40 + 3}
		want := e.noise(d, n)
		for _, e := range e.offsets() {
			for _, m := range append(sizes, 4, 5, 8, 2050, n) {
				got := e.noise(d, m)
				e.same(fmt.Sprintf("noise %s: %d elements at offset %d against the first of %d", k.name, m, e.before, n), got, want[:m])
			}
			src, dst := e.put(make([]float64, n), 1025, 7), e.out(1025, 7)
			e.addNoise(dst.Head(901), src.Head(901), d)
			e.same(fmt.Sprintf("noise %s on a smaller last batch", k.name), dst.get()[:901*7], want[:901*7])
			e.addNoise(dst.Slice(3, 15), src.Slice(2, 14), d)
			e.same(fmt.Sprintf("noise %s on rows 3 to 15", k.name), dst.get()[21:105], want[:84])
		}
	}
}

// checkNoiseStreams: changing the seed, the purpose or the step, in their high words too, gives
// unrelated numbers.
func checkNoiseStreams(e *env) {
	const n = 4099
	base := draw{compute.Gaussian, 1, 5, compute.PurposeTraining, 1}
	streams := map[string]draw{"the same draw": base}
	change := func(name string, f func(d *draw)) {
		d := base
		f(&d)
		streams[name] = d
	}
	change("the next seed", func(d *draw) { d.seed++ })
	change("a seed with another high word", func(d *draw) { d.seed += 1 << 32 })
	change("seed 2^63 higher", func(d *draw) { d.seed += 1 << 63 })
	change("another purpose", func(d *draw) { d.purpose = compute.PurposeValidation })
	change("a parameter's purpose", func(d *draw) { d.purpose = compute.PurposeInit + 1 })
	change("the next step", func(d *draw) { d.step++ })
	change("step 2^32 later", func(d *draw) { d.step += 1 << 32 })
	want := e.noise(base, n)
	for name, d := range streams {
		got := e.noise(d, n)
		if name == "the same draw" {
			e.same(name, got, want)
			continue
		}
		if r := correlation(got, want); math.Abs(r) > 5/math.Sqrt(n) {
			e.fail("noise with %s correlates with the other by %.3f", name, r)
		}
	}
}

// checkNoiseAmount: no amount, no noise; twice the scale, exactly twice the noise.
func checkNoiseAmount(e *env) {
	for _, k := range kinds {
		d := draw{k.kind, 0, 7, compute.PurposeTraining, 1}
		if k.kind == compute.Gaussian || k.kind == compute.Laplace { // a rate of 0 is refused by the configuration
			e.equal(k.name+" noise of amount 0", e.noise(d, 1025), make([]float64, 1025))
		}
		if k.kind == compute.Poisson {
			continue
		}
		d.amount = 1
		want := e.noise(d, 1025)
		factor := 2.0
		if k.kind == compute.Exponential {
			factor = 0.5
		}
		for i := range want {
			want[i] *= factor
		}
		d.amount = 2
		e.equal(k.name+" noise of amount 2 against amount 1", e.noise(d, 1025), want)
	}
}

// checkUniformBounds: lo ≤ x < hi; where few numbers lie between, rounding may reach hi.
func checkUniformBounds(e *env) {
	for _, e := range e.offsets() {
		for _, r := range [][2]float64{{0, 1}, {-1, 1}, {-0.0625, 0.0625}, {1 << 20, 1<<20 + 1}, {-1<<20 - 1, -1 << 20}, {1, 1 + 0x1p-20}, {-3, -1}} {
			lo, hi := r[0], r[1]
			for _, n := range append(sizes, 30000) {
				x := e.out(n)
				e.b.Uniform(x.Tensor, lo, hi, uint64(n), compute.PurposeInit)
				narrow := hi-lo < 0x1p-10*max(math.Abs(lo), math.Abs(hi))
				for i, v := range x.get() {
					if !(v >= lo && (v < hi || narrow && v == hi)) {
						e.fail("Uniform in [%v, %v) of %d: element %d is %v", lo, hi, n, i, v)
						break
					}
				}
			}
		}
	}
}

func (e *env) uniform(n int, seed uint64, purpose compute.Purpose) []float64 {
	x := e.out(n)
	e.b.Uniform(x.Tensor, -0.5, 0.5, seed, purpose)
	return x.get()
}

func checkUniformStreams(e *env) {
	const n = 4099
	want := e.uniform(n, 5, compute.PurposeInit)
	for _, e := range e.offsets() {
		for _, m := range append(sizes, n) {
			e.same(fmt.Sprintf("Uniform: %d elements at offset %d against the first of %d", m, e.before, n),
				e.uniform(m, 5, compute.PurposeInit), want[:m])
		}
	}
	for name, got := range map[string][]float64{
		"the next seed":                 e.uniform(n, 6, compute.PurposeInit),
		"a seed with another high word": e.uniform(n, 5+1<<32, compute.PurposeInit),
		"the next purpose":              e.uniform(n, 5, compute.PurposeInit+1),
	} {
		if r := correlation(got, want); math.Abs(r) > 5/math.Sqrt(n) {
			e.fail("Uniform with %s correlates with the other by %.3f", name, r)
		}
	}
}

func checkRandomPanics(e *env) {
	b, x, wide := e.b, e.zeros(2, 3), e.zeros(2, 4)
	amount, step := e.zeros(1), b.Alloc(compute.Int64, 1)
	index := b.Alloc(compute.Int32, 4)
	noise := func(dst, src, amount, step compute.Tensor) func() {
		return func() { b.AddNoise(dst, src, compute.Noise{Amount: amount}, step) }
	}
	e.mustPanic([]misuse{
		{"AddNoise", []string{"[2 3]", "[2 4]"}, noise(x, wide, amount, step)},
		{"AddNoise", []string{"[3]"}, noise(x, x, e.zeros(3), step)},
		{"AddNoise", []string{"float32"}, noise(x, x, amount, b.Alloc(compute.Float32, 1))},
		{"Uniform", []string{"int32"}, func() { b.Uniform(index, 0, 1, 1, compute.PurposeInit) }},
		{"Shuffle", []string{"[2 3]"}, func() { b.Shuffle(x, 10, 1, step, step, 4) }},
		{"Shuffle", []string{"[1]"}, func() { b.Shuffle(index, 10, 1, amount, step, 4) }},
	})
}
