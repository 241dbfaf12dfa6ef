package metric

// Closest counts samples of a batch whose nearest clean sample of the same batch (Euclidean
// distance) is their own.
type Closest struct {
	Samples       float64 // that were looked at
	Noised        float64 // of clean + a fresh draw of noise
	Reconstructed float64 // of the network's outputs
}

func init() {
	register("closest_target_noised", "perc_of_noise", "fraction of samples",
		"noised inputs whose nearest clean sample of their batch is their own (ties: the first); the noise is drawn anew; extra closest_target",
		closest(func(c *Closest) float64 { return c.Noised }))
	register("closest_target_reconstructed", "perc_of_recon", "fraction of samples",
		"outputs whose nearest clean sample of their batch is their own (ties: the first); extra closest_target",
		closest(func(c *Closest) float64 { return c.Reconstructed }))
}

func closest(of func(*Closest) float64) Metric {
	return Metric{Extra: "closest_target", HigherIsBetter: true, Whole: func(s *Snapshot) (float64, bool) {
		if s.Closest == nil {
			return 0, false
		}
		return ratio(of(s.Closest), s.Closest.Samples), true
	}}
}
