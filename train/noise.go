package train

import "noise2sparse/compute"

// setNoiseOf sets the noise of an epoch, counted from 0. Where noise falls silent or begins, steps
// are recorded anew.
func (e *Engine) setNoiseOf(epoch int) {
	amount := e.cfg.Noise.AmountAt(epoch)
	e.setNoise(amount)
	silent, changed := amount == 0, false
	for _, s := range e.noises {
		changed = changed || s.Silent != silent
		s.Silent = silent
	}
	if changed {
		e.record()
	}
}

// record prepares the programs of a step.
func (e *Engine) record() {
	record := e.b.Record
	if e.replaced {
		record = func(step func()) compute.Program { return direct(step) }
	}
	e.full = record(func() { e.oneStep(e.cfg.BatchSize) })
	if e.left > 0 {
		e.tail = record(func() { e.oneStep(e.left) })
	}
}

// direct is a program that is not recorded: a replay's noise, batches and hooks come from the host,
// anew in each step.
type direct func()

func (d direct) Run() { d() }

// setNoise sets sigma, scale or rate of the noise from now on.
func (e *Engine) setNoise(amount float64) {
	e.noiseAmount = amount
	e.b.Fill(e.amount, amount)
}
