package optim

import "testing"

// Entries without a gradient rest; the others have momentum.
func TestSparseSGD(t *testing.T) {
	n := newBench64(t)
	got := n.steps(Config{Kind: "sparse_sgd_momentum", LR: 0.125, Momentum: ptr(0.5)}, 2, func(_ Param, i int) float64 { return float64(i % 2) })
	for i, v := range got["output.weight"] {
		want := 1.0
		if i%2 == 1 {
			want = 1 - 0.125*(1+1.5)
		}
		if v != want {
			t.Errorf("element %d is %v, want %v", i, v, want)
		}
	}
}
