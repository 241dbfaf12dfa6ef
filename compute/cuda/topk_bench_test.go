//go:build cgo && linux

package cuda

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"noise2sparse/compute"
)

// BenchmarkTopKMask keeps 10 of 10,000 neurons of 1,024 samples, normal numbers before the ReLU. Passes are
// replayed as a recorded program, without waiting; the clock stops when the device is done. A second of the same
// work comes before, since an idle GPU's clock is slow to rise. TOPK_ROWS takes fewer samples, for a trial on the
// CPU runner.
func BenchmarkTopKMask(b *testing.B) {
	if noRunner != nil {
		b.Skip(noRunner)
	}
	const cols, kept, warmup = 10000, 10, 35
	rows := 1024
	if n, err := strconv.Atoi(os.Getenv("TOPK_ROWS")); err == nil {
		rows = n
	}
	be, err := openTest(compute.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer be.Close()
	w := &bench{be, compute.Float32, rand.New(rand.NewPCG(1, 1))}
	x, y, k := w.numbers(rows, cols), be.Alloc(compute.Float32, rows, cols), be.Alloc(compute.Int32, 1)
	be.Fill(k, kept)
	program := be.Record(func() { be.TopKMask(y, compute.Tensor{}, x, k) })
	for began := time.Now(); time.Since(began) < time.Second; {
		program.Run(warmup) // called, then captured, as graphs of one pass and of several
		if err := be.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	program.Run(b.N)
	if err := be.Sync(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(1e3*b.Elapsed().Seconds()/float64(b.N), "ms/pass")
}
