package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

// NoiseSource adds noise to a network's input.
type NoiseSource interface {
	// On tells whether there is noise in this mode.
	On(m Mode) bool

	// Add sets dst = src + noise (b × in), with the noise of the current step of that mode.
	Add(dst, src compute.Tensor, m Mode)
}

// NoiseSpec is a distribution as experiment files know it.
type NoiseSpec struct {
	Kind  compute.NoiseKind
	Field string // the key of its one parameter in the `noise:` section
}

// Noises are the known distributions, by the name of `noise.kind`.
var Noises = registry.New[NoiseSpec]("noises")

func init() {
	for _, e := range []registry.Entry[NoiseSpec]{
		{Name: "gaussian", Reference: "normal", Value: NoiseSpec{compute.Gaussian, "sigma"}, Doc: "mean 0, standard deviation sigma"},
		{Name: "laplace", Reference: "laplace", Value: NoiseSpec{compute.Laplace, "scale"}, Doc: "mean 0, density exp(-|x|/scale) / (2 scale)"},
		{Name: "exponential", Reference: "expo", Value: NoiseSpec{compute.Exponential, "rate"}, Doc: "one-sided, density rate exp(-rate x), mean 1/rate"},
		{Name: "poisson", Reference: "poisson", Value: NoiseSpec{compute.Poisson, "rate"}, Doc: "whole numbers from 0 on with mean rate, not centred"},
	} {
		Noises.Register(e)
	}
}

// PhiloxNoise is the noise of a real run: counter-based, so that a step's noise depends on the
// seed and the step's number alone.
type PhiloxNoise struct {
	B            compute.Backend
	Kind         compute.NoiseKind
	Seed         uint64
	Amount       compute.Tensor    // Float [1], set for each step
	Step         [2]compute.Tensor // Int64 [1], by Mode
	InEvaluation bool
	Silent       bool // no noise for now; a recorded step must be recorded again where this changes
	ForMetrics   bool // draws of their own, for what is measured only
}

// On implements NoiseSource.
func (p *PhiloxNoise) On(m Mode) bool { return !p.Silent && (m == Train || p.InEvaluation) }

// Add implements NoiseSource.
func (p *PhiloxNoise) Add(dst, src compute.Tensor, m Mode) {
	n, step := p.Draw(m)
	p.B.AddNoise(dst, src, n, step)
}

// Draw is what Add asks of a backend: the noise, and the number of the step (Int64 [1]).
func (p *PhiloxNoise) Draw(m Mode) (compute.Noise, compute.Tensor) {
	return compute.Noise{Kind: p.Kind, Amount: p.Amount, Seed: p.Seed, Purpose: p.purpose(m)}, p.Step[m]
}

func (p *PhiloxNoise) purpose(m Mode) compute.Purpose {
	switch {
	case p.ForMetrics && m == Eval:
		return compute.PurposeMetricValidation
	case p.ForMetrics:
		return compute.PurposeMetric
	case m == Eval:
		return compute.PurposeValidation
	}
	return compute.PurposeTraining
}
