package golden

// logBeta compares the inverse temperature of an attention network that this step's forward pass
// has used: parameters have not moved yet.
func (r *replay) logBeta() {
	for _, p := range r.e.Net.Params().List {
		if p.Name == "beta" {
			beta := float64(r.floats(p.Value)[0])
			r.metric("step/beta", r.step, beta, metricBound)
			r.metric("step/beta_value", r.step, beta, metricBound)
		}
	}
}
