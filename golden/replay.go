package golden

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"go.uber.org/zap"

	"noise2sparse/compute"
	"noise2sparse/internal/array"
	"noise2sparse/metric"
	"noise2sparse/model"
	"noise2sparse/track"
	"noise2sparse/train"
)

// replay is a case on its way through the loop. It is the loop's noise source and batch order.
type replay struct {
	c      *Case
	b      compute.Backend
	e      *train.Engine
	report *Report
	step   int // training steps done
	silent bool
	// tiedPairs: the case's neurons are pairs, of which Top-K keeps one; see folded.go.
	tiedPairs bool
	counters  []float64 // Top-K's activity counters after the last batch

	indices []array.Array // one a step
	valRows int           // validation samples of one evaluation
	valStep int           // validation batches done, of all evaluations

	noise, metricNoise  *recorded
	counted, valCounted *metric.Snapshot // of the epoch or evaluation, up to the last batch
	compared            map[string]bool  // recorded metrics
}

// Replay runs the case on a backend of float32 and compares. The error is a *MissingError where
// the case needs something that is not there yet; else it says what went wrong before a
// comparison was possible.
func Replay(c *Case, b compute.Backend) (report *Report, err error) {
	defer func() {
		if p := recover(); p != nil { // a case that is not what it says must not end those behind it
			report, err = nil, fmt.Errorf("%s: the replay broke off: %v", c.Name, p)
		}
	}()
	switch c.Kind {
	case "top_k_module":
		return replayModule(c, b)
	case "forward":
		return replayFeatures(c, b)
	case "resnet50_formula":
		return replayFormula(c, b)
	}
	cfg, err := c.config()
	if err != nil {
		return nil, err
	}
	d, err := c.dataset()
	if err != nil {
		return nil, err
	}
	r := &replay{c: c, b: b, report: &Report{Case: c.Name}, tiedPairs: c.duplicated()}
	if err := r.load(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "golden-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	folder, err := track.Create(dir+"/"+c.Name, []byte("# "+c.Name+"\n"))
	if err != nil {
		return nil, err
	}
	replace := train.Replace{
		Order: r, StepsPerEpoch: c.PerEpoch, Noise: r.noise, MetricNoise: r.metricNoise, Hooks: train.Hooks{
			Begin: r.begin, AfterBackward: r.afterBackward, AfterStep: r.afterStep, AfterEvalStep: r.afterEvalStep,
		},
	}
	if replace.Deviates, err = r.deviates(); err != nil {
		return nil, err
	}
	_, err = train.Run(context.Background(), train.Job{
		Experiment: "golden", ID: c.Name, Config: cfg, ConfigYAML: []byte("# " + c.Name + "\n"), Version: "golden",
		Backend: b, Data: d, Folder: folder, Log: zap.NewNop(), Watch: r, Replace: replace,
	})
	if err = errors.Join(err, folder.Close()); err != nil {
		return nil, err
	}
	if err := r.neuronFiles(folder.Dir()); err != nil {
		return nil, err
	}
	r.compareEnd()
	r.compareAll()
	r.allRead()
	return r.report, b.Sync()
}

// Batch implements train.BatchOrder with the recorded batches.
func (r *replay) Batch(index compute.Tensor) { r.b.Upload(index, r.indices[r.step].Bytes) }

// begin sets the recorded initial parameters.
func (r *replay) begin(e *train.Engine) {
	r.e = e
	r.watch(e.Net)
	for _, p := range e.ModelBuffers() {
		name := r.c.initial(p.Name)
		a, err := r.c.tensors.Get(name)
		if err != nil || len(a.Bytes) != p.Tensor.Bytes() {
			r.report.fail(name, fmt.Sprintf("the network's %v has no counterpart in the case", p.Tensor))
			continue
		}
		r.b.Upload(p.Tensor, a.Bytes)
	}
	for _, s := range e.Net.State() {
		if name := "init_buffer/" + s.Name; !s.WithWeights && r.c.tensors.Has(name) {
			if a, err := r.c.tensors.Get(name); err == nil && len(a.Bytes) == s.Tensor.Bytes() {
				r.b.Upload(s.Tensor, a.Bytes)
			}
		}
	}
}

// afterBackward compares the first step's activations and gradients, before parameters move.
func (r *replay) afterBackward() {
	r.logStep()
	r.logBeta()
	r.logTopK()
	if r.step > 0 {
		return
	}
	r.start()
	r.entered()
	r.zeroFractions()
	for i, h := range r.e.Net.Hidden() {
		name := fmt.Sprintf("act1/hidden.%d", i)
		r.tensor(name+".pre", r.preActivation(h), r.c.Tolerance.Act1)
		r.tensor(name+".post", h.Post, r.c.Tolerance.Act1)
	}
	r.tensor("act1/output", r.e.Output(), r.c.Tolerance.Act1)
	for _, p := range r.e.Net.Params().List {
		if p.Frozen && !r.c.tensors.Has("grad1/"+p.Name) {
			continue // learn_k_reinforce: no gradient before its own step
		}
		r.tensor("grad1/"+p.Name, p.Grad, r.c.Tolerance.Grad1)
		r.zeroFraction(p)
	}
}

// start compares the parameters of the first step: those that the projection before it has moved.
func (r *replay) start() {
	for _, p := range r.e.Net.Params().List {
		name := "start/" + p.Name
		if !r.c.tensors.Has(name) {
			name = "init/" + p.Name
		}
		r.tensor(name, p.Value, r.c.Tolerance.Step1)
	}
}

// entered compares what the first step does before its first hidden layer, as far as it is recorded:
// the projection, and inputs that got no noise.
func (r *replay) entered() {
	before, hidden := r.e.Input(), r.e.Net.Hidden()
	if place, ok := r.e.Net.(model.NoisePlace); ok {
		before = place.BeforeNoise(before)
	}
	if !r.noise.On(model.Train) {
		r.tensor("act1/noised", before, r.c.Tolerance.Act1)
	}
	switch r.c.Model.Projection {
	case "before_noise":
		r.tensor("act1/projection", before, r.c.Tolerance.Act1)
	case "after_noise":
		r.tensor("act1/projection", hidden[0].Input(), r.c.Tolerance.Act1)
	}
}

// preActivation computes x Wᵀ + b again: training overwrites it with the activation.
func (r *replay) preActivation(h *model.Hidden) compute.Tensor {
	pre := r.b.Alloc(r.b.Float(), h.Post.Rows(), h.Width)
	r.b.Matmul(pre, h.Input(), h.Weight.Value, false, true, 1, 0)
	if h.Bias != nil {
		r.b.Binary(compute.Add, pre, pre, h.Bias.Value)
	}
	return pre
}

// afterStep compares what each step logs, and the parameters after the first one.
func (r *replay) afterStep() {
	s := r.e.LastStep()
	bound := r.c.Tolerance.Loss
	if r.step == 0 {
		r.number("loss step 1", s.Loss, r.c.Loss[0], r.c.Tolerance.LossStep1)
	}
	r.number("loss", s.Loss, r.c.Loss[r.step], bound)
	r.metric("step/grad_norm", r.step, s.GradNorm, metricBound)
	if r.c.Model.Task == "classification" {
		r.metric("step/accuracy", r.step, s.Correct/float64(r.c.Batch), Bound{Abs: 1.01 / float64(r.c.Batch)})
	}
	for i, h := range r.e.Net.Hidden() {
		r.metric(fmt.Sprintf("step/active_fraction/hidden.%d", i), r.step, r.activeFraction(h), Bound{Abs: 1.01 / float64(h.Post.Len())})
	}
	if r.step == 0 {
		r.buffers("step1_buffer/", vectorBound)
		for _, p := range r.e.Net.Params().List {
			r.tensor("step1/"+p.Name, p.Value, r.c.Tolerance.Step1)
		}
	}
	r.step++
}

// hasEval tells whether the evaluation behind the last step is recorded.
func (c *Case) hasEval() bool {
	return slices.ContainsFunc(c.tensors.Names(), func(name string) bool { return strings.HasPrefix(name, "eval/") })
}

// compareEnd compares parameters and optimizer state after the last step, and an evaluation
// without noise.
func (r *replay) compareEnd() {
	if r.step != r.c.Steps {
		r.report.fail("steps", fmt.Sprintf("%d were done, not %d", r.step, r.c.Steps))
		return
	}
	for _, p := range r.e.Net.Params().List {
		r.tensor("final/"+p.Name, p.Value, r.c.Tolerance.Final)
	}
	r.buffers("final_buffer/", vectorBound)
	r.optimizerState()
	r.groups()
	if !r.c.hasEval() {
		return
	}
	x, err := r.c.tensors.Get("x")
	if err != nil {
		r.report.fail("x", err.Error())
		return
	}
	r.silent = true
	index := r.b.Alloc(compute.Int32, r.c.Batch)
	r.b.Upload(index, r.indices[0].Bytes)
	all := r.b.Alloc(x.DType, x.Rows(), x.RowLen())
	r.b.Upload(all, x.Bytes)
	batch := r.b.Alloc(r.b.Float(), r.c.Batch, x.RowLen())
	r.b.Gather(batch, all, index)
	out := r.e.Net.Forward(batch, model.Eval)
	for i, h := range r.e.Net.Hidden() {
		r.tensor(fmt.Sprintf("eval/hidden.%d.post", i), h.Post, r.c.Tolerance.Eval)
	}
	r.tensor("eval/output", out, r.c.Tolerance.Eval)
}
