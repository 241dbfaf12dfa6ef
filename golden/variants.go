package golden

import (
	"noise2sparse/model"
	"noise2sparse/train"
)

// anneal is how a case's noise changes; only gaussian noise does in the reference.
type anneal struct {
	StartEpoch int     `json:"start_epoch"`
	Epochs     int     `json:"epochs_to_terminal"`
	Terminal   float64 `json:"terminal_amount"`
}

// config translates it: the reference does not stop at the terminal amount.
func (a *anneal) config() *model.AnnealConfig {
	if a == nil {
		return nil
	}
	return &model.AnnealConfig{StartEpoch: a.StartEpoch, Epochs: a.Epochs, Terminal: a.Terminal}
}

// normalization is a case's mean and deviation of each channel of images.
type normalization struct {
	Mean []float64 `json:"mean"`
	Std  []float64 `json:"std"`
}

// variants sets what a feed-forward network may have beside layers and biases.
func (m *Model) variants(c *model.Config) {
	c.SharedBias, c.TiedWeights, c.Projection = m.SharedBias, m.TieWeights, m.Projection
	if n := m.InputNormalization; n != nil {
		c.InputNormalization = &model.NormalizationConfig{Mean: n.Mean, Std: n.Std, Target: "raw"}
	}
}

// regularization translates the case's extra terms of the loss.
func (m *Model) regularization() train.RegularizationConfig {
	value := func(v *float64) float64 { return valueOr(v, 0) }
	return train.RegularizationConfig{
		L1: value(m.WeightL1), L2: value(m.WeightL2), PenaltyOn: "all",
		ActivationL1: value(m.ActivationL1), Layers: "first",
	}
}

// valueOr is *v, or what stands for null.
func valueOr[T any](v *T, null T) T {
	if v == nil {
		return null
	}
	return *v
}
