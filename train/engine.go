// Package train is the training loop: steps, epochs, evaluation, checkpoints, exact resume.
//
// Engine holds what lives on the device and knows how to do one step, one evaluation, one
// reading of the metrics. Run drives it: epochs, validation, saving, stopping, the run folder.
package train

import (
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/model"
	"noise2sparse/optim"
)

// Engine is a network in training on one device.
type Engine struct {
	Net model.Network

	core      model.Core // Net, with its ends for others to do
	cfg       Config
	b         compute.Backend
	opt       *optim.Optimizer
	objective objective
	order     BatchOrder
	hooks     Hooks
	replaced  bool // parts of a step come from the host: it can't be recorded
	perEpoch  int  // steps per epoch
	left      int  // samples of the last, smaller batch of an epoch, or 0
	train     *deviceSplit
	val       *deviceSplit

	// Counters, Int64 [1]. batch is the number of the step in its epoch.
	step, epoch, batch, evalStep, badStep compute.Tensor

	index    compute.Tensor // Int32 [batch]: rows of the current batch
	valIndex compute.Tensor // Int32 [n]: 0, 1, 2, ...
	x        compute.Tensor // (batch × d) clean inputs
	unmoved  compute.Tensor // (batch × d) the same before augmentation, if any
	image    *model.Image   // the geometry of samples, nil where they are no images
	out      compute.Tensor // what the last forward pass returned
	dout     compute.Tensor // (batch × out)
	losses   compute.Tensor // [batch], for a learner
	learner  model.LossLearner
	deviates model.NoiseSource

	amount compute.Tensor // Float [1]: the noise's sigma, scale or rate
	// noiseAmount is what was last stored there.
	noiseAmount float64
	noises      []*model.PhiloxNoise // a real run's, in forward passes and in metrics
	regular     *regularization      // nil: none
	schedule    compute.Tensor       // (steps per epoch × scalars): what the optimizer changes step by step
	scalars     compute.Tensor       // (1 × scalars): the current step's row
	clip        compute.Tensor       // Float [1]
	sums        sums
	backwardEnd compute.BackwardEnd
	previous    []compute.Tensor // biases of the hidden layers as the epoch began
	rowNorms    []compute.Tensor // Float64 [n] of each hidden layer

	metricNoise model.NoiseSource // nil: no noise
	extras      []*extra          // what metrics.extra asks for

	implicit *implicit // nil unless asked for

	full, tail compute.Program // a step with a whole batch, and with what is left, of the epoch in progress
	recorded   [2]stepPrograms // with noise, and while it is silent
}

// Hooks let a replay of recorded runs look into the loop. Each may be nil.
type Hooks struct {
	Begin         func(*Engine) // everything is built, nothing computed yet
	AfterBackward func()        // a step's gradients are there, parameters have not moved
	AfterStep     func()
	AfterEvalStep func()
}

// Replace are the parts of the loop that a replay of recorded runs puts in place of its own: where
// noise and batches come from. Zero values keep what a real run has.
type Replace struct {
	Noise         model.NoiseSource
	Deviates      model.NoiseSource // standard normal numbers, for networks that sample
	MetricNoise   model.NoiseSource // the draws that metrics.extra needs
	Order         BatchOrder
	StepsPerEpoch int // all of full batches
	Hooks         Hooks
}

// fromHost tells whether a step takes anything from the host or calls it back.
func (r Replace) fromHost() bool {
	return r.Noise != nil || r.Deviates != nil || r.MetricNoise != nil || r.Order != nil || r.Hooks.AfterBackward != nil || r.Hooks.AfterStep != nil
}

// NewEngine allocates everything that training needs: no step allocates later. c must have
// passed Check.
func NewEngine(b compute.Backend, c Config, d *data.Dataset, r Replace) (*Engine, error) {
	e := &Engine{cfg: c, b: b, hooks: r.Hooks, order: r.Order, perEpoch: r.StepsPerEpoch, replaced: r.fromHost()}
	if err := checkData(c, d, r.Order != nil); err != nil {
		return nil, err
	}
	e.train, e.val = upload(b, d.Train), upload(b, d.Val)
	if e.perEpoch == 0 {
		e.perEpoch, e.left = (e.train.n+c.BatchSize-1)/c.BatchSize, e.train.n%c.BatchSize
	}
	if e.order == nil {
		e.order = &shuffled{b: b, samples: e.train.n, size: c.BatchSize, seed: c.Seed}
	}
	e.counters()
	width := e.train.x.Cols()
	if c.Task == taskClassification {
		e.objective = newClassification(b, d.Classes, c.BatchSize)
	} else {
		e.objective = &reconstruction{b: b, d: width}
	}
	if err := e.build(width, d, r); err != nil {
		return nil, err
	}
	e.record(false)
	if r.Hooks.Begin != nil {
		r.Hooks.Begin(e)
	}
	e.Net.Params().Project(e.b)
	return e, b.Sync()
}

// checkData tells what is wrong with the samples. Where the order of batches is the caller's, a batch
// may have a sample more than once.
func checkData(c Config, d *data.Dataset, ordered bool) error {
	n := d.Train.X.Rows()
	switch {
	case n == 0 || len(d.Train.X.Bytes) == 0:
		return fmt.Errorf("dataset %s has no training samples", d.Name)
	case c.BatchSize > n && !ordered:
		return fmt.Errorf("batch_size is %d, but dataset %s has only %d training samples: give at most that", c.BatchSize, d.Name, n)
	case c.Task == taskClassification && (d.Train.Labels == nil || d.Classes < 2):
		return fmt.Errorf("task is classification, but dataset %s has no labels of two or more classes", d.Name)
	}
	return checkImageData(c, d)
}

func (e *Engine) counters() {
	for _, t := range []*compute.Tensor{&e.step, &e.epoch, &e.batch, &e.evalStep, &e.badStep} {
		*t = e.b.Alloc(compute.Int64, 1)
	}
	e.b.Fill(e.badStep, -1)
	if s, ok := e.order.(*shuffled); ok {
		s.epoch, s.batch = e.epoch, e.batch
	}
}

func (e *Engine) build(width int, d *data.Dataset, r Replace) error {
	b, c, f := e.b, &e.cfg, e.b.Float()
	e.amount = b.Alloc(f, 1)
	e.setNoise(c.Noise.AmountAt(0))
	noise := r.Noise
	if noise == nil {
		noise = e.philox(false)
	}
	if e.metricNoise = r.MetricNoise; e.metricNoise == nil {
		e.metricNoise = e.philox(true)
	}
	if e.deviates = r.Deviates; e.deviates == nil {
		e.deviates = e.newDeviates()
	}
	out := e.objective.width()
	e.image = imageOf(d)
	var err error
	e.Net, err = model.New(b, modelFor(*c, d), model.Spec{
		Image: e.image,
		Input: width, Output: out, Batch: c.BatchSize, Seed: c.Seed, Noise: noise,
		Step: e.step, ActivityL1: c.Regularization.activations(len(c.Model.Hidden)),
		ActivityThreshold: c.Metrics.ActivityThreshold, Keys: e.train.x,
		TopK: c.TopK, Deviates: e.deviates,
	})
	if err != nil {
		return err
	}
	e.core = model.CoreOf(e.Net)
	e.opt, err = optim.New(b, c.Optimizer, optimParams(e.Net.Params()), optim.Plan{Epochs: c.Epochs, StepsPerEpoch: e.StepsPerEpoch()})
	if err != nil {
		return err
	}
	e.regular = newRegularization(b, c.Regularization, e.Net)
	e.index = b.Alloc(compute.Int32, c.BatchSize)
	e.x = b.Alloc(f, c.BatchSize, width)
	e.dout = b.Alloc(f, c.BatchSize, out)
	if c.Augmentation != nil {
		e.unmoved = b.Alloc(f, c.BatchSize, width)
	}
	e.losses, e.learner = b.Alloc(f, c.BatchSize), e.lossLearner()
	if c, ok := e.objective.(*classification); ok && e.learner != nil {
		c.keepLosses(e.cfg.BatchSize)
	}
	e.regular.keepEach(e.learner != nil)
	e.schedule = b.Alloc(f, e.StepsPerEpoch(), e.opt.Scalars())
	e.scalars = b.Alloc(f, 1, e.opt.Scalars())
	e.clip = b.Alloc(f, 1)
	e.sums = newSums(b, len(e.Net.Params().List))
	e.backwardEnd = e.newBackwardEnd()
	for _, h := range e.Net.Hidden() {
		if h.Bias != nil {
			e.previous = append(e.previous, b.Alloc(f, h.Bias.Value.Len()))
		}
		e.rowNorms = append(e.rowNorms, b.Alloc(compute.Float64, h.Width))
	}
	e.valIndex = b.Alloc(compute.Int32, max(1, e.val.n))
	b.Upload(e.valIndex.Head(e.val.n), rawBytes(iota32(e.val.n)))
	if c.Metrics.ImplicitLosses {
		e.implicit = newImplicit(e, c.Metrics.ImplicitSamples)
	}
	for _, name := range c.Metrics.Extra {
		x, err := newExtra(e, name)
		if err != nil {
			return err
		}
		e.extras = append(e.extras, x)
	}
	return nil
}

// optimParams describes a network's parameters to optimizers.
func optimParams(ps *model.Params) optim.Params {
	out := optim.Params{Values: ps.Values, Grads: ps.Grads}
	for _, p := range ps.List {
		lo, hi := ps.Range(p)
		out.List = append(out.List, optim.Param{
			Name: p.Name, Lo: lo, Hi: hi, Shape: p.Value.Shape(), LR: p.LR, Frozen: p.Frozen, Constraint: p.Constraint,
		})
	}
	return out
}

// philox is a real run's noise, or nil where there is none in any step. For metrics it is drawn
// from streams of its own.
func (e *Engine) philox(forMetrics bool) model.NoiseSource {
	spec, err := model.Noises.Get(e.cfg.Noise.Kind)
	if err != nil {
		panic("train: " + err.Error() + " (Config.Check was not called)")
	}
	if e.cfg.Noise.Never() {
		return nil
	}
	source := &model.PhiloxNoise{
		B: e.b, Kind: spec.Value.Kind, Seed: e.cfg.Seed, Amount: e.amount,
		Step: [2]compute.Tensor{model.Train: e.step, model.Eval: e.evalStep}, InEvaluation: e.cfg.Noise.InEvaluation,
		ForMetrics: forMetrics,
	}
	e.noises = append(e.noises, source)
	return source
}

func iota32(n int) []int32 {
	v := make([]int32, n)
	for i := range v {
		v[i] = int32(i)
	}
	return v
}

// StepsPerEpoch counts the last, smaller batch too.
func (e *Engine) StepsPerEpoch() int { return e.perEpoch }
