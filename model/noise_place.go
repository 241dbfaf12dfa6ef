package model

import "noise2sparse/compute"

// NoisePlace is a Network that may add its noise to something else than clean inputs.
type NoisePlace interface {
	// Clean returns the last forward pass's inputs x (n × d) as the network takes them in: normalised,
	// where it normalises.
	Clean(x compute.Tensor) compute.Tensor

	// BeforeNoise returns what that pass added its noise to: Clean(x), or its projection where that
	// comes first.
	BeforeNoise(x compute.Tensor) compute.Tensor
}

func (in *input) beforeNoise(x compute.Tensor) compute.Tensor {
	if in.projectsFirst() {
		return in.projected.Head(x.Rows())
	}
	return in.normal.clean(x)
}

// Clean implements NoisePlace.
func (n *ffn) Clean(x compute.Tensor) compute.Tensor { return n.input.normal.clean(x) }

// BeforeNoise implements NoisePlace.
func (n *ffn) BeforeNoise(x compute.Tensor) compute.Tensor { return n.input.beforeNoise(x) }

// Clean implements NoisePlace.
func (n *sdm) Clean(x compute.Tensor) compute.Tensor { return n.normal.clean(x) }

// BeforeNoise implements NoisePlace.
func (n *sdm) BeforeNoise(x compute.Tensor) compute.Tensor { return n.normal.clean(x) }

// Clean implements NoisePlace.
func (n *imageNet) Clean(x compute.Tensor) compute.Tensor { return n.input.before.normal.clean(x) }

// BeforeNoise implements NoisePlace.
func (n *imageNet) BeforeNoise(x compute.Tensor) compute.Tensor { return n.input.before.beforeNoise(x) }
