//go:build cgo && linux

package cuda

import (
	"bytes"
	"testing"

	"noise2sparse/compute"
)

// TestMoreStripsThanCounters: a layer wider than there are counters of blocks leaves alone what lies behind
// them, which after Poisson noise is not zero, and has every column's sum.
func TestMoreStripsThanCounters(t *testing.T) {
	needRunner(t)
	const rows, cols = 2, strip*(maxTiles+300) + 5
	b := openOn(t, "cuda:0", compute.Float32)
	w := &bench{Backend: b, dt: compute.Float32}
	noise := func() []byte {
		x := w.Alloc(w.dt, 64)
		w.AddNoise(x, x, compute.Noise{Kind: compute.Poisson, Amount: w.scalar(200), Seed: 3}, w.counter(1))
		raw := make([]byte, x.Bytes())
		w.Download(raw, x)
		return raw
	}
	before := noise()
	o := compute.Output{Out: w.Alloc(w.dt, rows, cols), Bias: w.Alloc(w.dt, cols), Grad: w.Alloc(w.dt, rows, cols), DBias: w.Alloc(w.dt, cols)}
	target, total := w.Alloc(w.dt, rows, cols), w.Alloc(compute.Float64, 1)
	w.Fill(o.Bias, 0.5)
	for step := 1; step <= 2; step++ {
		compute.OutputMSE(b, total, o, target, 2, 1)
		want, got := float64(rows*step), make([]byte, o.DBias.Bytes()) // of gradients 2 · step/2
		w.Download(got, o.DBias)
		if n := differing(got, w.encode(cols, func() float64 { return want }), 4); n > 0 {
			t.Errorf("step %d: %d of %d columns have another sum than %v", step, n, cols, want)
		}
	}
	sum := make([]byte, 8)
	w.Download(sum, total)
	if want := (&bench{dt: compute.Float64}).encode(1, func() float64 { return rows * cols }); !bytes.Equal(sum, want) {
		t.Errorf("the squares' sum has the bits %x, want those of %v", sum, rows*cols)
	}
	if !bytes.Equal(before, noise()) {
		t.Error("Poisson noise is no longer what it was")
	}
}
