package train

// Rates are the learning rates with which the given epoch (from 0) begins, one for each of the
// optimizer's groups: that of most parameters first.
func (e *Engine) Rates(epoch int) []float64 { return e.opt.Rates(epoch, 0) }

// Groups are the names of the parameters of each of the optimizer's groups, those that it steps.
func (e *Engine) Groups() [][]string { return e.opt.Groups() }

// StepsDone is the device's count of training steps. It waits for the device.
func (e *Engine) StepsDone() uint64 {
	var v [1]int64
	e.b.Download(rawBytes(v[:]), e.step)
	return uint64(v[0])
}
