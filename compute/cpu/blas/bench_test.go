package blas

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// shapes are the products of a training step: forward, backward by data and by weights of
// 256-1000-256 at batch 512, and of 256-10000-256 at batch 1,024.
var shapes = []struct {
	m, n, k        int
	transA, transB bool
}{
	{512, 1000, 256, false, true},
	{512, 256, 1000, false, true},
	{512, 1000, 256, false, false},
	{512, 256, 1000, false, false},
	{1000, 256, 512, true, false},
	{256, 1000, 512, true, false},
	{1024, 10000, 256, false, true},
	{1024, 256, 10000, false, true},
	{10000, 256, 1024, true, false},
	{256, 10000, 1024, true, false},
}

// BenchmarkGemm32 reports GFLOP/s of one goroutine over the whole product, and of two sharing its
// tiles.
func BenchmarkGemm32(b *testing.B) {
	b.Log(Name())
	for _, s := range shapes {
		a, bb, c := make([]float32, s.m*s.k), make([]float32, s.k*s.n), make([]float32, s.m*s.n)
		for i := range a {
			a[i] = float32(i%17) - 8
		}
		for i := range bb {
			bb[i] = float32(i%13) - 6
		}
		lda, ldb := s.k, s.n
		if s.transA {
			lda = s.m
		}
		if s.transB {
			ldb = s.k
		}
		tiles := Tiles(s.m, s.n, s.k)
		whole := func() {
			Gemm32(s.transA, s.transB, s.m, s.n, s.k, 1, a, lda, bb, ldb, 0, c, s.n)
		}
		work := func(g, of int) {
			for i := g; i < tiles.Len(); i += of {
				t := tiles.At(i)
				Gemm32(s.transA, s.transB, t.Rows, t.Cols, s.k, 1, a[origin(s.transA, t.Row, 0, lda):], lda,
					bb[origin(s.transB, 0, t.Col, ldb):], ldb, 0, c[t.Row*s.n+t.Col:], s.n)
			}
		}
		two := func() {
			var wg sync.WaitGroup
			wg.Go(func() { work(1, 2) })
			work(0, 2)
			wg.Wait()
		}
		name := fmt.Sprintf("%dx%dx%d-%v-%v", s.m, s.n, s.k, s.transA, s.transB)
		for _, c := range []struct {
			how string
			f   func()
		}{{"whole", whole}, {"tiles", func() { work(0, 1) }}, {"two", two}} {
			b.Run(name+"/"+c.how, func(b *testing.B) {
				best := time.Duration(1 << 62)
				for b.Loop() {
					start := time.Now()
					c.f()
					best = min(best, time.Since(start))
				}
				flop := 2 * float64(s.m) * float64(s.n) * float64(s.k)
				b.ReportMetric(flop/b.Elapsed().Seconds()*float64(b.N)*1e-9, "GFLOP/s")
				b.ReportMetric(flop/best.Seconds()*1e-9, "best-GFLOP/s")
			})
		}
	}
}
