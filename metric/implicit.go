package metric

// Implicit is what noise adds to the loss, in parts.
type Implicit struct {
	Sparsity       float64
	Specialisation float64
	Total          float64 // loss under noise − loss without
}

// Margin is what the two parts that are known in closed form leave: what neurons that cross their
// thresholds add.
func (p *Implicit) Margin() float64 { return p.Total - p.Sparsity - p.Specialisation }

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
		func(p *Implicit) float64 { return p.Total })
	part("implicit_sparsity", "part of implicit_total: σ²/d times the mean over samples of Σ D_i |v_i|²|w_i|² over active neurons i",
		func(p *Implicit) float64 { return p.Sparsity })
	part("implicit_specialisation", "part of implicit_total: σ²/d times the mean over samples of Σ D_i D_j (v_i·v_j)(w_i·w_j) over pairs i ≠ j of active neurons",
		func(p *Implicit) float64 { return p.Specialisation })
	part("implicit_margin", "part of implicit_total: the rest, which neurons add that cross their thresholds under noise",
		(*Implicit).Margin)
}
