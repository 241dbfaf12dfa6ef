//go:build cgo && linux

package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"noise2sparse/compute"
)

// TestPrecisionsAreAskedFor: the stand-in for cuBLAS rounds factors exactly as it is told to.
func TestPrecisionsAreAskedFor(t *testing.T) {
	needStandIn(t)
	results := map[string]float32{}
	for _, precision := range []string{"float32", "tf32", "bf16"} {
		b := newTest(t, compute.Options{Precision: precision})
		x, y, z := b.Alloc(compute.Float32, 1, 1), b.Alloc(compute.Float32, 1, 1), b.Alloc(compute.Float32, 1, 1)
		b.Fill(x, 1+0x1p-9+0x1p-20)
		b.Fill(y, 1)
		b.Matmul(z, x, y, false, false, 1, 0)
		results[precision] = float32s(b, z)[0]
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	if want := map[string]float32{"float32": 1 + 0x1p-9 + 0x1p-20, "tf32": 1 + 0x1p-9, "bf16": 1}; fmt.Sprint(results) != fmt.Sprint(want) {
		t.Errorf("products %v, want %v", results, want)
	}
}

// TestPrecisions: products of 256 × 256 matrices. Their errors are measured in Σ|a||b|, the sum of the magnitudes of
// what was added up. In float32 they are at most 256 roundings of 2⁻²⁴ each. cuBLAS may round factors where tf32 or
// bf16 is asked for: bfloat16 has 8 significant bits, so each is wrong by 2⁻⁹ of itself at most, rounded to nearest,
// and a product by twice that; tf32's have three bits more. From compute capability 8.0 on a product of this size
// takes tensor cores, and then its bits are others than float32's.
func TestPrecisions(t *testing.T) {
	const n = 256
	w := &bench{dt: compute.Float32, rng: rand.New(rand.NewPCG(1, 2))}
	values := func() []float64 {
		out := make([]float64, n*n)
		for i := range out {
			out[i] = float64(float32(w.rng.NormFloat64()))
		}
		return out
	}
	x, y := values(), values()
	exact, size := make([]float64, n*n), make([]float64, n*n)
	for i := range n {
		for k := range n {
			for j := range n {
				p := x[i*n+k] * y[k*n+j]
				exact[i*n+j] += p
				size[i*n+j] += math.Abs(p)
			}
		}
	}
	var plain []float32
	for _, c := range []struct {
		precision string
		bound     float64
	}{{"float32", n * 0x1p-24}, {"tf32", 0x1p-8}, {"bf16", 0x1p-8}} {
		b := newTest(t, compute.Options{Precision: c.precision})
		var at [3]compute.Tensor
		for i, v := range [][]float64{x, y} {
			at[i] = b.Alloc(compute.Float32, n, n)
			b.Upload(at[i], w.encode(n*n, func() float64 {
				first := v[0]
				v = v[1:]
				return first
			}))
		}
		at[2] = b.Alloc(compute.Float32, n, n)
		b.Matmul(at[2], at[0], at[1], false, false, 1, 0)
		got := float32s(b, at[2])
		tensorCores := b.dev.Device.Major >= 8
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for i := range got {
			worst = max(worst, math.Abs(float64(got[i])-exact[i])/size[i])
		}
		if !(worst <= c.bound) {
			t.Errorf("%s: wrong by %.3g of Σ|a||b|, at most %.3g", c.precision, worst, c.bound)
		}
		if plain == nil {
			plain = got
		} else if tensorCores && slices.Equal(got, plain) {
			t.Errorf("%s has float32's bits", c.precision)
		}
	}
}
