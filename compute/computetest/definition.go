package computetest

import (
	"fmt"
	"hash/fnv"
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/philox"
)

// word is the random word of element i of a stream.
func word(seed uint64, purpose compute.Purpose, step int64, i int) uint32 {
	return philox.Block(seed, [4]uint32{uint32(i / 4), uint32(purpose), uint32(step), uint32(step >> 32)})[i%4]
}

// checkNoiseDefinition: each number is the documented function of its words, and its bits are
// those that every other backend gives. The suite's logarithm and cosine are float64's.
func checkNoiseDefinition(e *env) {
	const n = 4099
	for _, c := range []struct {
		kind compute.NoiseKind
		hash uint64 // FNV-1a of the n numbers' float32 bits
	}{
		{compute.Gaussian, 0x20da5537a9866499},
		{compute.Laplace, 0xaeb230be10ce23c3},
		{compute.Exponential, 0x21cfa59e8a44370e},
		{compute.Poisson, 0x98f1574fc79c5345},
	} {
		d := draw{c.kind, 0.8, 5<<32 + 17, compute.PurposeTraining, 3<<32 + 2}
		got := e.noise(d, n)
		want, tol := d.define(n)
		what := kinds[c.kind].name + " noise by its definition"
		e.near(what, got, want, func(i int) float64 { return tol[i] })
		if h := hash32(got); h != c.hash {
			e.fail("%s: the bits of %d numbers have the hash %#x, on other backends %#x", what, n, h, c.hash)
		}
	}
}

// define returns n numbers of a draw, and how far a float32 computation may be off.
func (d draw) define(n int) (want, tol []float64) {
	a := float64(float32(d.amount))
	for i := range n {
		w := func(i int) uint32 { return word(d.seed, d.purpose, d.step, i) }
		x := w(i)
		var v, size float64
		switch d.kind {
		case compute.Gaussian: // Box and Muller: one radius and one angle for two elements
			size = a * math.Sqrt(-2*math.Log(unitInterval(w(i&^1), 0x1p-32)))
			sin, cos := math.Sincos(2 * math.Pi * float64(w(i|1)) * 0x1p-32)
			v = size * cos
			if i%2 == 1 {
				v = size * sin
			}
		case compute.Laplace: // the sign from the lowest bit
			size = -a * math.Log(unitInterval(x>>1, 0x1p-31))
			v = size * (1 - 2*float64(x&1))
		case compute.Exponential:
			size = -math.Log(unitInterval(x, 0x1p-32)) / a
			v = size
		case compute.Poisson: // the number of ⌊2³² P(X ≤ k)⌋ that x reaches
			p := math.Exp(-a)
			for cdf := p; float64(x) >= math.Floor(cdf*0x1p32); cdf += p {
				v++
				p *= a / v
			}
		}
		want, tol = append(want, v), append(tol, 8*0x1p-24*size)
	}
	return want, tol
}

// unitInterval maps a word of range 1/scale to (0, 1]: the middle of its interval, in float32.
func unitInterval(x uint32, scale float64) float64 {
	return float64(float32(float64(float32(x))*scale) + float32(scale/2))
}

// hash32 is the FNV-1a hash of v's float32 bits.
func hash32(v []float64) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(encode(compute.Float32, v))
	return h.Sum64()
}

// checkUniformDefinition: lo + (hi − lo)·u with each operation rounded once.
func checkUniformDefinition(e *env) {
	const n, seed = 4099, 5<<32 + 17
	for _, bound := range []float64{1, 0.0316227766} {
		x := e.out(n)
		e.b.Uniform(x.Tensor, -bound, bound, seed, compute.PurposeInit+3)
		want := make([]float64, n)
		for i := range want {
			u := (float64(word(seed, compute.PurposeInit+3, 0, i)>>9) + 0.5) * 0x1p-23
			want[i] = e.round(e.round(-bound) + e.round(e.round(2*bound)*u))
		}
		e.same(fmt.Sprintf("Uniform in ±%v by its definition", bound), x.get(), want)
	}
}

// checkShuffleDefinition: the order is that of package philox, whose own tests describe it.
func checkShuffleDefinition(e *env) {
	for _, n := range []int{1, 7, 64, 1025} {
		for _, epoch := range []int64{0, 3, 1 << 32} {
			order := philox.NewPermutation(5<<32+17, uint64(epoch), n)
			want := make([]float64, n)
			for i := range want {
				want[i] = float64(order.At(i))
			}
			e.same(fmt.Sprintf("Shuffle of %d in epoch %d by its definition", n, epoch), e.order(n, n, 5<<32+17, epoch), want)
		}
	}
}
