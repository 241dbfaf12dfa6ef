package train

import (
	"slices"

	"noise2sparse/compute"
	"noise2sparse/internal/array"
	"noise2sparse/internal/problem"
	"noise2sparse/internal/registry"
	"noise2sparse/metric"
	"noise2sparse/model"
)

// probe measures something in every forward pass that costs a product or a draw of noise of its
// own. It may read what the pass has left and write to memory of its own: training goes on with
// the same bits as without it. It must not allocate.
type probe interface {
	// forward adds up what it counts for clean inputs x (n × d) and outputs out.
	forward(m model.Mode, x, out compute.Tensor)

	// sums are what forward adds to in mode m, all Float64: emptied before an epoch or evaluation.
	sums(m model.Mode) []Buffer

	// read adds what was counted for that many samples to s.
	read(m model.Mode, samples float64, s *metric.Snapshot)
}

// extras are the known probes, by their names in `metrics.extra`: constructors for an engine whose
// network is built.
var extras = registry.New[extraSpec]("extra metrics")

type extraSpec struct {
	new func(*Engine) probe
	// reconstruction: it means nothing for classification.
	reconstruction bool
}

// extra is a probe at work, with the number of samples that it has seen: a run that asks for it
// from the middle of an epoch on has seen fewer than the epoch has.
type extra struct {
	name    string
	probe   probe
	samples [2]compute.Tensor // Float64 [1], by mode
	one     compute.Tensor    // Float64 [1]: 1
}

func newExtra(e *Engine, name string) (*extra, error) {
	spec, err := extras.Get(name)
	if err != nil {
		return nil, err
	}
	x := &extra{name: name, probe: spec.Value.new(e), one: e.b.Alloc(compute.Float64, 1)}
	e.b.Fill(x.one, 1)
	for m := range x.samples {
		x.samples[m] = e.b.Alloc(compute.Float64, 1)
	}
	return x, nil
}

// buffers are all that was counted in a mode.
func (x *extra) buffers(m model.Mode) []Buffer {
	out := []Buffer{{"extra/" + x.name + "/samples", x.samples[m]}}
	for _, s := range x.probe.sums(m) {
		out = append(out, Buffer{"extra/" + x.name + "/" + s.Name, s.Tensor})
	}
	return out
}

// beginExtras empties what was counted in a mode.
func (e *Engine) beginExtras(m model.Mode) {
	for _, x := range e.extras {
		for _, s := range x.buffers(m) {
			e.b.Fill(s.Tensor, 0)
		}
	}
}

// probeForward lets the extras look at a forward pass that was just done.
func (e *Engine) probeForward(m model.Mode, x, out compute.Tensor) {
	for _, p := range e.extras {
		e.b.Axpby(float64(x.Rows()), p.one, 1, p.samples[m])
		p.probe.forward(m, x, out)
	}
}

// readExtras adds what was counted in a mode to s.
func (e *Engine) readExtras(m model.Mode, s *metric.Snapshot) {
	for _, x := range e.extras {
		x.probe.read(m, floats(e.b, x.samples[m])[0], s)
	}
}

// savedState is what a checkpoint keeps beside the parameters: StateBuffers, and what the extras
// have counted of the epoch so far.
func (e *Engine) savedState() []Buffer {
	out := e.StateBuffers()
	for _, x := range e.extras {
		out = append(out, x.buffers(model.Train)...)
	}
	return out
}

// restoreExtras continues those extras that the checkpoint has. The others begin now.
func (e *Engine) restoreExtras(from []array.Named) error {
	there := map[string]bool{}
	for _, n := range from {
		there[n.Name] = true
	}
	for _, x := range e.extras {
		own := x.buffers(model.Train)
		if !there[own[0].Name] {
			continue
		}
		if err := restore(e.b, own, from); err != nil {
			return err
		}
	}
	return nil
}

// checkExtra records what is wrong with metrics.extra.
func (c *Config) checkExtra(ps *problem.List) {
	seen := map[string]bool{}
	const at = "metrics.extra"
	for _, name := range c.Metrics.Extra {
		spec, err := extras.Get(name)
		switch {
		case err != nil:
			ps.Addf(at, "%v", err)
		case seen[name]:
			ps.Addf(at, "names %s twice", name)
		case spec.Value.reconstruction && c.Task != taskReconstruction:
			ps.Addf(at, "asks for %s, which compares outputs with inputs: it needs task: reconstruction", name)
		}
		seen[name] = true
	}
	c.checkMeasured(ps, "checkpoint.best_metric", c.Checkpoint.BestMetric)
	if c.EarlyStopping != nil {
		c.checkMeasured(ps, "early_stopping.metric", c.EarlyStopping.Metric)
	}
}

// checkMeasured records that a metric decides something, but is not asked for.
func (c *Config) checkMeasured(ps *problem.List, path, key string) {
	if name := metric.ExtraOf(key); name != "" && !slices.Contains(c.Metrics.Extra, name) {
		ps.Addf(path, "is %s, which is measured only where metrics.extra has %s", key, name)
	}
}
