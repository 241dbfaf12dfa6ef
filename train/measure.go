package train

import (
	"noise2sparse/compute"
	"noise2sparse/metric"
	"noise2sparse/model"
)

// MeasureTraining reads what the current epoch has counted so far, after the given number of
// steps of it. It waits for the device.
func (e *Engine) MeasureTraining(steps int) *metric.Snapshot {
	s := e.snapshot(model.Train)
	s.Steps = steps
	s.Samples = steps * e.cfg.BatchSize
	if e.tail != nil {
		s.Samples = min(s.Samples, e.train.n)
	}
	sums := floats(e.b, e.sums.epoch)
	s.Loss, s.Correct, s.GradNorm = sums[sumLoss], sums[sumCorrect], sums[sumGradNorm]
	s.NoiseAmount = e.noiseAmount
	if rates := e.opt.Rates(int(integer(e.b, e.epoch)), max(0, steps-1)); len(rates) > 0 {
		s.LearningRate = rates[0]
	}
	grads := floats(e.b, e.sums.gradNorms)
	norms := e.paramNorms()
	for i, p := range e.Net.Params().List {
		s.Params = append(s.Params, metric.Param{Name: p.Name, Norm: norms[i], GradNorm: grads[i]})
	}
	i := 0
	for l, h := range e.Net.Hidden() {
		if h.Bias == nil {
			continue
		}
		s.Layers[l].Bias = floats(e.b, h.Bias.Value)
		s.Layers[l].PreviousBias = floats(e.b, e.previous[i])
		i++
	}
	e.measureEncoders(s)
	e.readExtras(model.Train, s)
	if e.val.n == 0 {
		e.measureImplicit(s)
	}
	return s
}

// measureEncoders adds the norms of the weights before each hidden neuron.
func (e *Engine) measureEncoders(s *metric.Snapshot) {
	for l, h := range e.Net.Hidden() {
		norms := e.rowNorms[l]
		e.b.Reduce(compute.SumSquares, norms, h.Weight.Value, compute.Rows, false)
		e.b.Unary(compute.Sqrt, norms, norms)
		s.Layers[l].RowNorms = floats(e.b, norms)
	}
}

// MeasureEvaluation reads what the last Evaluate has counted. It waits for the device.
func (e *Engine) MeasureEvaluation() *metric.Snapshot {
	s := e.snapshot(model.Eval)
	s.Samples = e.val.n
	sums := floats(e.b, e.sums.val)
	s.Loss, s.Correct = sums[sumLoss], sums[sumCorrect]
	e.readExtras(model.Eval, s)
	e.measureImplicit(s)
	return s
}

func (e *Engine) snapshot(m model.Mode) *metric.Snapshot {
	s := &metric.Snapshot{}
	if e.cfg.Task == taskClassification {
		s.Classes = e.objective.width()
	}
	for _, h := range e.Net.Hidden() {
		s.Layers = append(s.Layers, e.readActivity(h.Name, h.Activity[m]))
		for _, stage := range h.Stages {
			s.Stages = append(s.Stages, e.readActivity(h.Name+"."+stage.Name, stage.Activity[m]))
		}
	}
	e.readGauges(m, s)
	return s
}

// paramNorms returns the L2 norm of each parameter.
func (e *Engine) paramNorms() []float64 {
	for i, p := range e.Net.Params().List {
		e.b.Reduce(compute.SumSquares, e.sums.norms.At(i), p.Value, compute.All, false)
	}
	e.b.Unary(compute.Sqrt, e.sums.norms, e.sums.norms)
	return floats(e.b, e.sums.norms)
}

// BadStep returns the number (from 0) of the first step whose loss or gradient was not finite,
// and false if there was none.
func (e *Engine) BadStep() (uint64, bool) {
	s := integer(e.b, e.badStep)
	return uint64(max(s, 0)), s >= 0
}
