//go:build cgo && linux

package cuda

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"noise2sparse/compute"
)

// takeBatch takes batch number of 10 from 35 samples and a schedule of so many steps.
func takeBatch(number float64, steps int, amount float64) func(w *bench, dst compute.Tensor) {
	return func(w *bench, _ compute.Tensor) {
		matrix := func(rows, cols int) compute.Tensor { return w.Alloc(w.dt, rows, cols) }
		compute.TakeBatch(w.Backend, compute.Batch{
			Row: matrix(1, 2), Table: matrix(steps, 2), Number: w.counter(number),
			Index: w.Alloc(compute.Int32, 10), Stride: 10, Seed: 1, Epoch: w.counter(0), Clean: matrix(10, 8), Samples: matrix(35, 8),
			Noisy: matrix(10, 8), Step: w.counter(0), Noise: compute.Noise{Kind: compute.Gaussian, Amount: w.scalar(amount)},
		})
	}
}

// TestFaults: what kernels find wrong with their operands is the error of Sync, in words, and leaves the
// destination alone.
func TestFaults(t *testing.T) {
	needRunner(t)
	noise := func(kind compute.NoiseKind, amount float64) func(w *bench, dst compute.Tensor) {
		return func(w *bench, dst compute.Tensor) {
			w.AddNoise(dst, dst, compute.Noise{Kind: kind, Amount: w.scalar(amount)}, w.counter(0))
		}
	}
	for name, c := range map[string]struct {
		run  func(w *bench, dst compute.Tensor)
		want []string
	}{
		"negative noise":      {noise(compute.Gaussian, -1), []string{"AddNoise", "gaussian", "-1"}},
		"noise of NaN":        {noise(compute.Laplace, math.NaN()), []string{"AddNoise", "laplace", "NaN"}},
		"infinite rate":       {noise(compute.Exponential, math.Inf(1)), []string{"AddNoise", "exponential", "+Inf"}},
		"exponential, rate 0": {noise(compute.Exponential, 0), []string{"AddNoise", "exponential", "0"}},
		"poisson, rate 0":     {noise(compute.Poisson, 0), []string{"AddNoise", "poisson", "0"}},
		"poisson, rate 257":   {noise(compute.Poisson, 257), []string{"AddNoise", "poisson", "257", "256"}},
		"places beyond the samples": {func(w *bench, _ compute.Tensor) {
			w.Shuffle(w.Alloc(compute.Int32, 10), 35, 1, w.counter(0), w.counter(3), 10)
		}, []string{"Shuffle", "30", "40", "35"}},
		"a batch before the first": {func(w *bench, _ compute.Tensor) {
			w.Shuffle(w.Alloc(compute.Int32, 10), 35, 1, w.counter(0), w.counter(-1), 10)
		}, []string{"Shuffle", "-10"}},
		"a batch beyond the samples":      {takeBatch(3, 9, 0.5), []string{"Shuffle", "30", "40", "35"}},
		"a batch beyond the schedule":     {takeBatch(2, 2, 0.5), []string{"Gather", "2"}},
		"a batch with noise of no amount": {takeBatch(2, 9, -2), []string{"AddNoise", "gaussian", "-2"}},
		"a label that is not there": {func(w *bench, dst compute.Tensor) {
			index, sum := w.Alloc(compute.Int32, 1), w.Alloc(compute.Float64, 1)
			w.Fill(index, 8)
			o := compute.Output{Out: w.Alloc(w.dt, 1, 3), Grad: w.Alloc(w.dt, 1, 3)}
			compute.OutputCrossEntropy(w.Backend, sum, sum, o, w.Alloc(compute.Int32, 1, 1), w.Alloc(compute.Int32, 5, 1), index, 1)
		}, []string{"Gather", "8", "5"}},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := openTest(compute.Options{Float: compute.Float32})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			w := &bench{Backend: b, dt: compute.Float32}
			dst := w.scalar(3)
			before := make([]byte, dst.Bytes())
			b.Download(before, dst)
			c.run(w, dst)
			after := make([]byte, dst.Bytes())
			b.Download(after, dst)
			err = b.Sync()
			for _, part := range c.want {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("Sync returned %v, which does not hold %q", err, part)
				}
			}
			if !bytes.Equal(before, after) {
				t.Errorf("the destination was %v and became %v", before, after)
			}
		})
	}
}
