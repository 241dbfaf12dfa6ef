//go:build cgo && linux

package cuda

import (
	"encoding/binary"
	"math"
	"testing"

	"noise2sparse/compute"
)

// TestWideWindow: a window of more entries than a block compares in its shared memory has the CPU's weights,
// and so has one that just fits.
func TestWideWindow(t *testing.T) {
	needRunner(t)
	const rows, cols = 2, 3000
	for _, dt := range []compute.DType{compute.Float32, compute.Float64} {
		cpu, gpu := openOn(t, "cpu", dt), openOn(t, "cuda:0", dt)
		for _, half := range []int{300, 600} {
			weights := func(w *bench) []compute.Tensor {
				x, weight := w.numbers(rows, cols), w.Alloc(w.dt, rows, cols)
				w.TopKWindow(w.Alloc(w.dt, rows, cols), weight, w.Alloc(w.dt, rows, cols), compute.Tensor{}, x, w.scalar(700.25), half)
				return []compute.Tensor{weight}
			}
			want, got := bitsOn(cpu, weights)[0], bitsOn(gpu, weights)[0]
			for i := range rows * cols {
				if a, b := number(dt, want, i), number(dt, got, i); !(math.Abs(a-b) <= 1e-6*a) {
					t.Fatalf("%v, half %d: weight %d is %v, the CPU's %v", dt, half, i, b, a)
				}
			}
		}
	}
}

// number is the i-th of a tensor's bytes.
func number(dt compute.DType, raw []byte, i int) float64 {
	if dt == compute.Float32 {
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
}
