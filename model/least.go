package model

// Least is the least that a network's tensors hold: how many trained numbers, and how many numbers
// of one batch in the hidden layers. Both are lower bounds, from the shapes alone, so that a network
// that can't fit is refused before anything is allocated: what belongs to variants is left out, and a
// kind that is not known here counts as nothing. float64, since products of shapes may exceed an int.
func (c *Config) Least(s Spec) (parameters, activations float64) {
	if c.OnImages() {
		return c.leastImages(s)
	}
	if c.Kind != "ffn" && c.Kind != "sdm" {
		return 0, 0
	}
	width := float64(s.Input)
	for _, n := range c.Hidden {
		h := float64(n)
		parameters += width * h
		if c.Inhibition != nil && c.Inhibition.Kind == "all_to_all" {
			parameters += h * h
		}
		activations += 2 * h * float64(s.Batch) // outputs and their gradients
		width = h
	}
	if !c.TiedWeights {
		parameters += width * float64(s.Output)
	}
	if c.Projection == projectionBefore || c.Projection == projectionAfter {
		parameters += float64(s.Input) * float64(s.Input)
	}
	return parameters, activations
}
