package train

import "noise2sparse/compute"

// stepPrograms are a step with a whole batch, and with what is left at an epoch's end, if anything is.
type stepPrograms struct{ full, tail compute.Program }

// setNoiseOf sets the noise of an epoch, counted from 0. A step without noise is a program of its own.
func (e *Engine) setNoiseOf(epoch int) {
	amount := e.cfg.Noise.AmountAt(epoch)
	e.setNoise(amount)
	silent := amount == 0
	for _, s := range e.noises {
		s.Silent = silent
	}
	e.record(silent && len(e.noises) > 0)
}

// record prepares the programs of a step, or takes those of earlier epochs: noise that comes and goes
// takes no memory each time.
func (e *Engine) record(silent bool) {
	which := &e.recorded[0]
	if silent {
		which = &e.recorded[1]
	}
	if which.full == nil {
		*which = e.newPrograms()
	}
	e.full, e.tail = which.full, which.tail
}

func (e *Engine) newPrograms() (p stepPrograms) {
	record := e.b.Record
	if e.replaced {
		record = func(step func()) compute.Program { return direct(step) }
	}
	p.full = record(func() { e.oneStep(e.cfg.BatchSize) })
	if e.left > 0 {
		p.tail = record(func() { e.oneStep(e.left) })
	}
	return p
}

// direct is a program that is not recorded: a replay's noise, batches and hooks come from the host,
// anew in each step.
type direct func()

func (d direct) Run(n int) {
	for range n {
		d()
	}
}

// setNoise sets sigma, scale or rate of the noise from now on.
func (e *Engine) setNoise(amount float64) {
	e.noiseAmount = amount
	e.b.Fill(e.amount, amount)
}
