package metric

import "testing"

// TestZeroEncoders: neurons without incoming weights are counted, and only where norms were taken.
func TestZeroEncoders(t *testing.T) {
	got := map[string]float64{}
	Compute("train", &Snapshot{Samples: 1, Steps: 1, Layers: []Layer{{Name: "hidden.0", RowNorms: []float64{0, 1, 0.5, 0}}}}, got)
	if v, ok := got["train/zero_encoder_fraction"]; !ok || v != 0.5 {
		t.Errorf("2 of 4 neurons without weights: %v", got["train/zero_encoder_fraction"])
	}
	clear(got)
	Compute("val", &Snapshot{Samples: 1, Layers: []Layer{{Name: "hidden.0"}}}, got)
	if _, ok := got["val/zero_encoder_fraction"]; ok {
		t.Error("an evaluation has no norms, but a fraction of them")
	}
}
