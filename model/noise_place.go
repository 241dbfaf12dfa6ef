package model

import "noise2sparse/compute"

// NoisePlace is a Network that may add noise to something else than its clean inputs.
type NoisePlace interface {
	// BeforeNoise returns what the last forward pass, of x (n × d), added its noise to, where that
	// is not x as far as metrics go: the projected inputs. Else it returns x.
	BeforeNoise(x compute.Tensor) compute.Tensor
}

// BeforeNoise implements NoisePlace. Normalised inputs are measured as they came, like the
// targets.
func (n *ffn) BeforeNoise(x compute.Tensor) compute.Tensor {
	if in := n.input; in.projectsFirst() {
		return in.projected.Head(x.Rows())
	}
	return x
}
