package train

import (
	"noise2sparse/compute"
	"noise2sparse/model"
)

// Evaluate passes all validation samples through the network in order, without learning, and
// leaves the sums in e.sums.val and the hidden layers' Eval activity. Each evaluation of a run
// draws noise of its own: number counts them from 0.
func (e *Engine) Evaluate(number int) {
	b, size := e.b, e.cfg.BatchSize
	b.Fill(e.sums.val, 0)
	e.beginLayers(model.Eval)
	e.beginExtras(model.Eval)
	batches := (e.val.n + size - 1) / size
	b.Fill(e.evalStep, 0)
	b.Advance(e.evalStep, int64(number)*int64(batches))
	for first := 0; first < e.val.n; first += size {
		e.evalStepOn(e.valIndex.Slice(first, min(first+size, e.val.n)))
	}
}

func (e *Engine) evalStepOn(index compute.Tensor) {
	b, n := e.b, index.Len()
	x := e.x.Head(n)
	b.Gather(x, e.val.x, index)
	v := e.core.Entry(n, model.Eval).Apply(b, x, model.Eval)
	e.pass(v, x, index, e.dout.Head(n), model.Eval, e.val)
	b.Binary(compute.Add, e.sums.val, e.sums.val, e.sums.step.Head(2))
	b.Advance(e.evalStep, 1)
	if e.hooks.AfterEvalStep != nil {
		e.hooks.AfterEvalStep()
	}
}
