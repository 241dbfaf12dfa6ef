package model

// leastImages is Least for networks on images: the weights of convolutions and classifier, and what
// their layers keep for the backward pass.
func (c *Config) leastImages(s Spec) (parameters, activations float64) {
	if s.Image == nil {
		return 0, 0
	}
	h, w, channels := float64(s.Image.Height), float64(s.Image.Width), float64(s.Image.Channels)
	if c.Kind == "convmixer" {
		m := c.ConvMixer
		dim, depth, kernel, patch := float64(m.HiddenDim), float64(m.Depth), float64(m.KernelSize), float64(m.PatchSize)
		parameters = dim*channels*patch*patch + depth*dim*(kernel*kernel+dim) + dim*float64(s.Output)
		const kept = 3 // before the GELU, behind it, and normalised
		return parameters, kept * (1 + 2*depth) * float64(s.Batch) * dim * (h / patch) * (w / patch)
	}
	r := c.ResNet50
	const kept = 2 // the convolution's result, and what follows it
	add := func(kernel, in, out float64) {
		parameters += kernel * kernel * in * out
		activations += kept * float64(s.Batch) * out * h * w
	}
	h, w = h/2, w/2
	add(7, channels, float64(r.Stem))
	h, w = h/2, w/2
	in := float64(r.Stem)
	for i, planes := range r.Planes {
		if i > 0 {
			h, w = h/2, w/2
		}
		inner, out := float64(r.inner(planes)), float64(planes)*float64(r.Expansion)
		for j := range r.Layers[i] {
			add(1, in, inner)
			add(3, inner, inner)
			add(1, inner, out)
			if j == 0 {
				add(1, in, out)
			}
			in = out
		}
	}
	return parameters + in*float64(s.Output), activations
}
