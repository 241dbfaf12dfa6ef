package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// checkKeepMask: each element is the documented function of its word, at every size and offset, so
// the share that is dropped, and the mean of 1, follow; both are checked too.
func checkKeepMask(e *env) {
	const seed, purpose, step = 5<<32 + 17, compute.PurposeDropout + 2, 3<<32 + 2
	counter := e.counter(step)
	for _, e := range e.offsets() {
		for _, drop := range []float64{0, 0.1, 0.5, 0.99} {
			for _, n := range append(sizes, 40003) {
				dst := e.out(n)
				e.b.KeepMask(dst.Tensor, drop, seed, purpose, counter.Tensor)
				want, dropped, mean := make([]float64, n), 0.0, 0.0
				for i := range want {
					if u := (float64(word(seed, purpose, step, i)>>9) + 0.5) * 0x1p-23; u < drop {
						dropped++
					} else {
						want[i] = e.round(1 / (1 - drop))
					}
					mean += want[i] / float64(n)
				}
				what := fmt.Sprintf("KeepMask of %d, drop %v, at offset %d", n, drop, e.before)
				e.same(what, dst.get(), want)
				deviation := math.Sqrt(drop * (1 - drop) / float64(n))
				if n > 40000 && (math.Abs(dropped/float64(n)-drop) > 5*deviation || math.Abs(mean-1) > 5*deviation/(1-drop)+1e-6) {
					e.fail("%s: a share of %v is 0, and the mean is %v", what, dropped/float64(n), mean)
				}
			}
		}
	}
	e.mustPanic([]misuse{
		{"KeepMask", []string{"[3]"}, func() { e.b.KeepMask(e.zeros(3), 1, 5, purpose, counter.Tensor) }},
		{"KeepMask", []string{"int32"}, func() { e.b.KeepMask(e.zeros(3), 0.5, 5, purpose, e.b.Alloc(compute.Int32, 1)) }},
	})
}
