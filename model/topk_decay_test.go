package model

import "testing"

// TestDecayInFloat32: k by epoch as PyTorch 2 computes it in float32. The first rows are among the few
// where float64 gives another number.
func TestDecayInFloat32(t *testing.T) {
	for _, c := range []struct{ n, k, epochs, e, linear, exponential int }{
		{40, 10, 50, 45, 12, 11},
		{40, 10, 200, 180, 12, 11},
		{40, 10, 100, 90, 12, 11},
		{40, 10, 100, 50, 25, 19},
		{40, 10, 4, 2, 25, 19},
		{10000, 100, 200, 100, 5050, 1000},
		{1000, 10, 200, 100, 505, 100},
		{40, 10, 10, 5, 25, 20},
		{10000, 10, 200, 19, 9050, 5187},
		{40, 1, 200, 46, 31, 17},
		{1000, 1, 100, 5, 950, 707},
		{1000, 5, 50, 21, 582, 108},
		{10000, 10, 50, 44, 1208, 22},
		{40, 1, 7, 6, 6, 1},
		{40, 1, 7, 0, 40, 40},
		{40, 1, 7, 9, 1, 1},
	} {
		if got := linearDecay(c.n, c.k, c.epochs, float32(c.e)); got != c.linear {
			t.Errorf("linear decay of %d to %d in %d epochs: k in epoch %d is %d, want %d", c.n, c.k, c.epochs, c.e, got, c.linear)
		}
		if got := expDecay(c.n, c.k, c.epochs, float32(c.e)); got != c.exponential {
			t.Errorf("exponential decay of %d to %d in %d epochs: k in epoch %d is %d, want %d", c.n, c.k, c.epochs, c.e, got, c.exponential)
		}
	}
}
