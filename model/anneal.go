package model

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
)

// AnnealConfig is the `noise.anneal:` section: the noise's amount changes linearly with epochs.
type AnnealConfig struct {
	StartEpoch     int     `yaml:"start_epoch" default:"0" doc:"epoch, counted from 0, after which the amount begins to change; the first changed epoch is start_epoch + 2"`
	Epochs         int     `yaml:"epochs" default:"100" doc:"epochs from the first amount to the terminal one"`
	Terminal       float64 `yaml:"terminal" default:"0" doc:"amount at the end, in the unit of the noise's parameter"`
	StopAtTerminal bool    `yaml:"stop_at_terminal" default:"true" doc:"the amount stays at the terminal one; false: it goes on changing at the same pace, down to 0 at least, as the reference does"`
}

// AmountAt is the amount of noise in an epoch, counted from 0. With a₀ the first amount, T the
// terminal one, and i = epoch − 1 − start_epoch, at most `epochs` with stop_at_terminal:
//
//	a = max(a₀ − i (a₀ − T) / epochs, 0)    where i > 0, else a₀
//
// It is 0 where noise has been switched off.
func (c *NoiseConfig) AmountAt(epoch int) float64 {
	amount := c.Amount()
	if c.OffAfterEpochs != nil && epoch >= *c.OffAfterEpochs {
		return 0
	}
	a := c.Anneal
	if a == nil {
		return amount
	}
	i := epoch - 1 - a.StartEpoch
	switch {
	case i <= 0:
		return amount
	case a.StopAtTerminal && i >= a.Epochs:
		return a.Terminal
	}
	return max(amount+float64(i)*(-(amount-a.Terminal)/float64(a.Epochs)), 0)
}

// During is the noise of one epoch, counted from 0, as noise that does not change.
func (c NoiseConfig) During(epoch int) NoiseConfig {
	amount := c.AmountAt(epoch)
	switch {
	case c.Scale != nil:
		c.Scale = &amount
	case c.Rate != nil:
		c.Rate = &amount
	default:
		c.Sigma = &amount
	}
	c.Anneal, c.OffAfterEpochs = nil, nil
	return c
}

// Never tells whether there is no noise in any epoch.
func (c *NoiseConfig) Never() bool {
	return c.Amount() == 0 && (c.Anneal == nil || c.Anneal.Terminal == 0)
}

// checkSchedule records what is wrong with how the noise changes. field names its parameter.
func (c *NoiseConfig) checkSchedule(field string, ps *problem.List) {
	if n := c.OffAfterEpochs; n != nil && *n < 1 {
		ps.Addf("off_after_epochs", "is %d; give at least 1, or null to keep noise on", *n)
	}
	a := c.Anneal
	if a == nil {
		return
	}
	if a.StartEpoch < 0 {
		ps.Addf("anneal.start_epoch", "is %d; give 0 or more", a.StartEpoch)
	}
	if a.Epochs < 1 {
		ps.Addf("anneal.epochs", "is %d; give at least 1", a.Epochs)
	}
	if !(a.Terminal >= 0) || math.IsInf(a.Terminal, 0) {
		ps.Addf("anneal.terminal", "is %v; give a finite number, at least 0", a.Terminal)
	}
	if c.Never() {
		ps.Addf("anneal", "there is no noise to change: give noise.%s, or a terminal amount above 0", field)
	}
	if field == "rate" && a.Terminal == 0 {
		ps.Addf("anneal.terminal", "is 0; a rate must be positive")
	}
	if field == "rate" && !a.StopAtTerminal {
		ps.Addf("anneal.stop_at_terminal", "is false, so the rate would fall to 0 or grow without end; give true")
	}
	if c.Kind == "poisson" && a.Terminal > compute.MaxPoissonRate {
		ps.Addf("anneal.terminal", "is %v; poisson rates up to %d are supported", a.Terminal, compute.MaxPoissonRate)
	}
}
