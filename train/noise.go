package train

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
	e.full = e.b.Record(func() { e.oneStep(e.cfg.BatchSize) })
	if e.left > 0 {
		e.tail = e.b.Record(func() { e.oneStep(e.left) })
	}
}

// setNoise sets sigma, scale or rate of the noise from now on.
func (e *Engine) setNoise(amount float64) {
	e.noiseAmount = amount
	e.b.Fill(e.amount, amount)
}
