package metric

// Implicit is what noise adds to the loss, in parts.
type Implicit struct {
	Sparsity       float64
	Specialisation float64
	Margin         float64
}

// Total is loss under noise minus loss without: the parts add up to it.
func (p *Implicit) Total() float64 { return p.Sparsity + p.Specialisation + p.Margin }

func init() {
	part := func(name, doc string, f func(p *Implicit) float64) {
		register(name, "", "squared units of the input", doc, Metric{Whole: func(s *Snapshot) (float64, bool) {
			if s.Implicit == nil {
				return 0, false
			}
			return f(s.Implicit), true
		}})
	}
	part("implicit_total", "what noise adds to the reconstruction loss: loss under noise minus loss without, on the first metrics.implicit_samples samples",
		(*Implicit).Total)
	part("implicit_sparsity", "part of implicit_total: σ²/d times the mean over samples of Σ D_i |v_i|²|w_i|² over active neurons i",
		func(p *Implicit) float64 { return p.Sparsity })
	part("implicit_specialisation", "part of implicit_total: σ²/d times the mean over samples of Σ D_i D_j (v_i·v_j)(w_i·w_j) over pairs i ≠ j of active neurons",
		func(p *Implicit) float64 { return p.Specialisation })
	part("implicit_margin", "part of implicit_total: the rest, which neurons add that cross their thresholds under noise",
		func(p *Implicit) float64 { return p.Margin })
}
