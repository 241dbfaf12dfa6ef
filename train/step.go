package train

import (
	"noise2sparse/compute"
	"noise2sparse/model"
)

// sums are what a step measures, and what an epoch adds up of it, all Float64. Reading them is
// left to the end of the epoch.
type sums struct {
	step      compute.Tensor // [3]: this step's total loss, correct samples, gradient norm
	norms     compute.Tensor // [P]: this step's ‖g‖ of each parameter
	epoch     compute.Tensor // [3]: sums over the epoch's steps
	gradNorms compute.Tensor // [P]: sum of ‖g‖ over the epoch's steps
	val       compute.Tensor // [2]: total loss and correct samples of an evaluation
}

// The elements of sums.step and sums.epoch.
const (
	sumLoss = iota
	sumCorrect
	sumGradNorm
	sumCount
)

func newSums(b compute.Backend, parameters int) sums {
	f64 := func(n int) compute.Tensor { return b.Alloc(compute.Float64, n) }
	return sums{step: f64(sumCount), norms: f64(parameters), epoch: f64(sumCount), gradNorms: f64(parameters), val: f64(2)}
}

// newBackwardEnd is what closes each backward pass: the clipping factor, and what the step adds to the
// epoch's sums. The counters advance then: nothing behind it reads them.
func (e *Engine) newBackwardEnd() compute.BackwardEnd {
	ps, s := e.Net.Params(), &e.sums
	var grads []compute.Tensor
	for _, p := range ps.List {
		grads = append(grads, p.Grad)
	}
	return compute.BackwardEnd{
		Grads: compute.NewSegments(e.b, ps.Grads, grads), Limit: e.cfg.Optimizer.Limit(),
		Scale: e.clip, Norm: s.step.At(sumGradNorm), Squares: e.b.Alloc(compute.Float64, len(grads)), Root: s.norms, Norms: s.gradNorms,
		Step: s.step, Epoch: s.epoch, Bad: e.badStep, Position: e.step, Counters: [2]compute.Tensor{e.step, e.batch},
	}
}

// oneStep is a training step with n samples (FORMAT.md section 3). It must not allocate, nor ask
// the device for anything.
func (e *Engine) oneStep(n int) {
	b := e.b
	index, x, dout := e.index.Head(n), e.x.Head(n), e.dout.Head(n)
	v := e.takeBatch(index, x)
	e.out = e.pass(v, x, index, dout, model.Train, e.train)
	if e.learner != nil {
		e.sampleLosses(dout)
	}
	e.core.BackwardCore(dout)
	e.regular.addGradients()
	compute.EndBackward(b, &e.backwardEnd)
	if e.hooks.AfterBackward != nil {
		e.hooks.AfterBackward()
	}
	e.opt.Step(e.clip, e.scalars.Flat())
	if e.learner != nil {
		e.learner.Learn(e.losses.Head(n))
	}
	if e.hooks.AfterStep != nil {
		e.hooks.AfterStep()
	}
}

// Steps does n training steps, from step first of the current epoch on.
func (e *Engine) Steps(first, n int) {
	full := n
	if e.tail != nil {
		full = min(n, e.StepsPerEpoch()-1-first)
	}
	e.full.Run(full)
	if full < n {
		e.tail.Run(1)
	}
}

// BeginEpoch prepares the given epoch (from 0), whose first step is the given one (from 0) of the
// run: schedules, empty sums.
func (e *Engine) BeginEpoch(epoch int, step uint64) {
	b := e.b
	b.Fill(e.epoch, float64(epoch))
	b.Fill(e.batch, 0)
	b.Fill(e.sums.epoch, 0)
	b.Fill(e.sums.gradNorms, 0)
	i := 0
	e.beginLayers(model.Train)
	e.beginExtras(model.Train)
	for _, h := range e.Net.Hidden() {
		if h.Bias != nil {
			b.Copy(e.previous[i], h.Bias.Value)
			i++
		}
	}
	e.Schedule(epoch, step)
}

// Schedule uploads what changes from step to step in an epoch that begins at the given step.
func (e *Engine) Schedule(epoch int, step uint64) {
	e.setNoiseOf(epoch)
	steps, cols := e.StepsPerEpoch(), e.opt.Scalars()
	table := make([]float64, steps*cols)
	for i := range steps {
		e.opt.Schedule(table[i*cols:(i+1)*cols], step+uint64(i)+1, epoch, i)
	}
	uploadFloats(e.b, e.schedule, table)
}

// StepResult is what one step measured.
type StepResult struct {
	Loss     float64 // mean over the batch
	Correct  float64 // samples
	GradNorm float64 // global, before clipping
}

// LastStep reads the last training step's result. It waits for the device.
func (e *Engine) LastStep() StepResult {
	v := floats(e.b, e.sums.step)
	return StepResult{v[sumLoss] / float64(e.out.Rows()), v[sumCorrect], v[sumGradNorm]}
}

// Output is what the last training step's forward pass returned.
func (e *Engine) Output() compute.Tensor { return e.out }

// Input is the last training step's clean batch.
func (e *Engine) Input() compute.Tensor { return e.x.Head(e.out.Rows()) }
