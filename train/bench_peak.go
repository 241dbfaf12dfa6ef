package train

import (
	"context"
	"errors"
	"time"

	"noise2sparse/compute"
)

// gemmPeak is the best rate of a large square product, in GFLOP/s: what the step's own products could reach if
// nothing else had to be done. On a CPU it is a product of 1536 × 1536; on a GPU, which that would not fill, 20
// of 8192 × 8192 with one wait, where they take no more than four seconds and there is memory for them. After
// too little memory b is of no more use.
func gemmPeak(ctx context.Context, b compute.Backend) (float64, error) {
	const large, queued, longest = 8192, 20, 4.0
	rate, err := productRate(ctx, b, 1536, 1, 7)
	if err != nil || b.Device().Backend == "cpu" || queued*productGFLOP(large) > longest*rate {
		return rate, err
	}
	best, err := productRate(ctx, b, large, queued, 2)
	if errors.Is(err, compute.ErrOutOfMemory) {
		return rate, nil
	}
	return max(rate, best), err
}

// productGFLOP is what a product of n × n matrices takes.
func productGFLOP(n float64) float64 { return 2 * n * n * n / 1e9 }

// productRate is the best rate of n × n products in GFLOP/s, so many of them with one wait, over the repeats.
func productRate(ctx context.Context, b compute.Backend, n, queued, repeats int) (float64, error) {
	var m [3]compute.Tensor
	for i := range m {
		m[i] = b.Alloc(b.Float(), n, n)
		// A failed Alloc gives no memory to work with.
		if err := b.Sync(); err != nil {
			return 0, err
		}
		b.Uniform(m[i], -1, 1, 1, compute.PurposeInit+compute.Purpose(i))
	}
	best := 0.0
	for range repeats {
		if err := b.Sync(); err != nil {
			return 0, err
		}
		began := time.Now()
		for range queued {
			b.Matmul(m[0], m[1], m[2], false, false, 1, 0)
		}
		if err := b.Sync(); err != nil {
			return 0, err
		}
		best = max(best, float64(queued)*productGFLOP(float64(n))/time.Since(began).Seconds())
		if ctx.Err() != nil {
			return 0, ErrInterrupted
		}
	}
	return best, nil
}
