package train_test

import (
	"os"
	"sort"
	"testing"

	"noise2sparse/compute"
)

// What bench says of a step is what a run says of it: the median ratio of nine pairs, taken in
// turn so that a busy neighbour slows both alike, is within 5 %.
func TestBenchAgreesWithRun(t *testing.T) {
	if os.Getenv("NOISE2SPARSE_SLOW") == "" {
		t.Skip("NOISE2SPARSE_SLOW is not set: nine pairs of a bench and a run take a minute")
	}
	const pairs, epochs = 9, 15
	c := config(1000, 512)
	c.Epochs = epochs
	set := samples(t, 20*512, 256)
	var ratios []float64
	for i := range pairs {
		b := bench(t, 1000, 512, 20*512, epochs*20).MsPerStep
		s, _ := runOnData(t, compute.Options{}, c, set)
		ratios = append(ratios, b/float64(s.MsPerStep))
		t.Logf("pair %d: bench %.2f ms, run %.2f ms", i, b, float64(s.MsPerStep))
	}
	sort.Float64s(ratios)
	if m := ratios[pairs/2]; m < 0.95 || m > 1.05 {
		t.Errorf("bench takes %.3f times as long a step as a run: %.3v", m, ratios)
	}
}
