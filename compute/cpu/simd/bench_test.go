package simd

import (
	"testing"

	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/internal/philox"
)

// Sizes of a training step of 256-1000-256 at batch 512.
const (
	batch  = 512
	inputs = 256
	hidden = 1000
)

// perLevel runs a benchmark with each instruction set; bytes is what one call reads and writes.
func perLevel(b *testing.B, bytes int, f func()) {
	defer func(l Level) { _ = Use(l) }(Active())
	for l := None; l <= Best(); l++ {
		if err := Use(l); err != nil {
			b.Fatal(err)
		}
		b.Run(l.String(), func(b *testing.B) {
			b.SetBytes(int64(bytes))
			for b.Loop() {
				f()
			}
		})
	}
}

func BenchmarkNoise(b *testing.B) {
	x := make([]float32, batch*inputs)
	for _, d := range []struct {
		kind   kernel.NoiseKind
		amount float64
	}{{kernel.Gaussian, 0.8}, {kernel.Laplace, 0.8}, {kernel.Exponential, 0.8}, {kernel.Poisson, 0.8}, {kernel.Poisson, 64}} {
		var nz kernel.Noise
		if err := nz.Set(d.kind, d.amount); err != nil {
			b.Fatal(err)
		}
		b.Run(d.kind.String(), func(b *testing.B) {
			perLevel(b, 8*len(x), func() { AddNoise(x, x, 0, &nz, philox.Stream{Seed: 5}) })
		})
	}
}

func BenchmarkBiasReLU(b *testing.B) {
	y, bias := make([]float32, batch*hidden), make([]float32, hidden)
	fired, total := make([]float64, hidden), make([]float64, hidden)
	perLevel(b, 8*len(y), func() { BiasReLU(y, hidden, bias, batch, hidden, fired, total) })
}

func BenchmarkReLUBackward(b *testing.B) {
	d, y, db := make([]float32, batch*hidden), make([]float32, batch*hidden), make([]float32, hidden)
	perLevel(b, 12*len(y), func() { ReLUBackward(d, d, y, hidden, db, batch, hidden) })
}

func BenchmarkMSE(b *testing.B) {
	g, x, y, db := make([]float32, batch*inputs), make([]float32, batch*inputs), make([]float32, batch*inputs), make([]float32, inputs)
	perLevel(b, 12*len(x), func() { MSE(g, x, y, inputs, 0.1, batch, inputs, nil, db) })
}

func BenchmarkColSums(b *testing.B) {
	x, s := make([]float32, batch*hidden), make([]float32, hidden)
	perLevel(b, 4*len(x), func() { ColSums(s, x, hidden, batch, hidden) })
}

func BenchmarkSumSquares(b *testing.B) {
	x := make([]float32, hidden*inputs)
	perLevel(b, 4*len(x), func() { SumSquares(x) })
}

func BenchmarkAdam(b *testing.B) {
	s := kernel.AdamStep[float32]{Clip: 1, Beta1: 0.9, OneMinus1: 0.1, Beta2: 0.999, OneMinus2: 0.001, StepSize: 1e-4, RootBC2: 0.5, Eps: 1e-8, Decay: 1}
	for name, n := range map[string]int{"small": hidden * inputs, "large": 10000 * 256} {
		p, m, v, g := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
		b.Run(name, func(b *testing.B) { perLevel(b, 28*n, func() { Adam(p, m, v, g, &s) }) })
	}
}

func BenchmarkAxpy(b *testing.B) {
	x, y := make([]float32, hidden*inputs), make([]float32, hidden*inputs)
	perLevel(b, 12*len(x), func() { Axpy(y, 0.5, x) })
}

func BenchmarkGather(b *testing.B) {
	index := make([]int32, batch)
	for i := range index {
		index[i] = int32(i * 7 % 4096)
	}
	dst, words, bytes, floats := make([]float32, batch*inputs), make([]uint16, 4096*inputs), make([]uint8, 4096*inputs), make([]float32, 4096*inputs)
	b.Run("float32", func(b *testing.B) { perLevel(b, 8*len(dst), func() { Gather(dst, floats, index, inputs) }) })
	b.Run("float16", func(b *testing.B) { perLevel(b, 6*len(dst), func() { GatherFloat16(dst, words, index, inputs) }) })
	b.Run("uint8", func(b *testing.B) { perLevel(b, 5*len(dst), func() { GatherUint8(dst, bytes, index, inputs) }) })
}
