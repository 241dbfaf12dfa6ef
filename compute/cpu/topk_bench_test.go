package cpu

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"noise2sparse/compute"
)

// BenchmarkTopKMask keeps 10 of 10,000 neurons for each of 1,024 samples, on all cores, as a
// network does it: into a tensor of its own, and without thresholds. scripts/bench-topk compares it
// with PyTorch.
func BenchmarkTopKMask(b *testing.B) {
	const rows, cols, kept = 1024, 10000, 10
	be, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer be.Close()
	r := rand.New(rand.NewPCG(1, 1))
	v := make([]float32, rows*cols)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	x, y, k := be.Alloc(compute.Float32, rows, cols), be.Alloc(compute.Float32, rows, cols), be.Alloc(compute.Int32, 1)
	be.Upload(x, unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 4*len(v)))
	be.Fill(k, kept)
	be.TopKMask(y, compute.Tensor{}, x, k)
	b.ReportAllocs()
	for b.Loop() {
		be.TopKMask(y, compute.Tensor{}, x, k)
	}
}
