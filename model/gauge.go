package model

import "noise2sparse/compute"

// Gauge is a quantity that a network adds up while it runs, such as k or the Top-K threshold. The
// metric of that name reports its mean over the samples of the epoch or evaluation.
type Gauge struct {
	Metric string // a registered metric: "k", "topk_threshold"
	Layer  string // the hidden layer that it belongs to: "hidden.0"
	// Sum, by Mode: Float64 [1]. Each forward pass adds the sum over its batch's samples; the loop
	// sets it to 0 before an epoch or evaluation, and keeps it in checkpoints.
	Sum [2]compute.Tensor
}

// NewGauge allocates a Gauge's sums.
func NewGauge(b compute.Backend, metric, layer string) *Gauge {
	g := &Gauge{Metric: metric, Layer: layer}
	for m := range g.Sum {
		g.Sum[m] = b.Alloc(compute.Float64, 1)
	}
	return g
}

// AddEach adds n times what Float64 [1] value holds: a quantity that is the same for all n samples
// of a batch.
func (g *Gauge) AddEach(b compute.Backend, value compute.Tensor, n int, m Mode) {
	b.Axpby(float64(n), value, 1, g.Sum[m])
}

// Gauged is a Network that has gauges.
type Gauged interface {
	Gauges() []*Gauge
}

// Stage is what a layer computes on the way to its output, such as the activations before an
// inhibitory circuit. All metrics of activity are reported for it too, under "<layer>.<name>".
type Stage struct {
	Name     string // "before_inhibition"
	Activity [2]Activity
}

// NewStage allocates a Stage's counts for n neurons.
func NewStage(b compute.Backend, name string, n int) *Stage {
	s := &Stage{Name: name}
	for m := range s.Activity {
		s.Activity[m] = NewActivity(b, n)
	}
	return s
}

// NewActivity allocates the counts of n neurons.
func NewActivity(b compute.Backend, n int) Activity {
	return Activity{Fired: b.Alloc(compute.Float64, n), Total: b.Alloc(compute.Float64, n)}
}
