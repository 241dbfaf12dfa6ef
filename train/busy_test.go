package train_test

import (
	"os"
	"os/exec"
	"runtime"
	"sort"
	"testing"
)

// A step stays fast where another process keeps a core busy: products are cut into many tiles, so cores
// that are taken away delay little. n threads and the busy process share n cores, so a step takes at least
// (n + 1)/n times as long, 1.5 times on two; it is given 2.2, the median of seven pairs taken in turn.
func TestBesideABusyProcess(t *testing.T) {
	if os.Getenv("NOISE2SPARSE_SLOW") == "" {
		t.Skip("NOISE2SPARSE_SLOW is not set: seven pairs of benches take half a minute, and need a quiet machine")
	}
	if runtime.NumCPU() < 2 {
		t.Skip("one core is shared in halves whatever the program does")
	}
	step := func() float64 { return bench(t, 1000, 512, 20*512, 100).MsPerStep }
	const pairs = 7
	var ratios []float64
	for i := range pairs {
		alone := step()
		busy := exec.Command("sh", "-c", "while :; do :; done")
		if err := busy.Start(); err != nil {
			t.Fatal(err)
		}
		beside := step()
		if err := busy.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		busy.Wait()
		ratios = append(ratios, beside/alone)
		t.Logf("pair %d: %.2f ms alone, %.2f ms beside a busy process", i, alone, beside)
	}
	sort.Float64s(ratios)
	if m := ratios[pairs/2]; m > 2.2 {
		t.Errorf("beside a busy process a step takes %.2f times as long: %.3v", m, ratios)
	}
}
