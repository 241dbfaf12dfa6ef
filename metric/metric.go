// Package metric defines what is measured: each metric's name, unit, definition and function. The
// counting happens on the device inside the forward and backward passes; metrics are computed from
// a Snapshot that is read once per epoch.
package metric

import (
	"fmt"
	"strings"

	"noise2sparse/internal/registry"
)

// Snapshot is what one epoch of training, or one evaluation, has counted.
type Snapshot struct {
	Samples  int     // samples passed
	Steps    int     // training steps; 0 for an evaluation
	Loss     float64 // sum of the per-sample losses
	Correct  float64 // samples classified correctly; meaningful if Classes > 0
	Classes  int     // 0 for reconstruction
	GradNorm float64 // sum over the steps of the global L2 norm before clipping
	Layers   []Layer
	Stages   []Layer // what layers compute on the way to their outputs: "hidden.0.before_inhibition"
	Params   []Param // training only

	LearningRate float64 // training only: of most parameters, in the last step
	NoiseAmount  float64 // training only: sigma, scale or rate
	Closest      *Closest
	Implicit     *Implicit
}

// Layer is a hidden layer's part of a Snapshot.
type Layer struct {
	Name         string    // "hidden.0"
	Fired        []float64 // samples for which each neuron was active
	Total        []float64 // sum of each neuron's activations
	Bias         []float64 // at the epoch's end; nil without a bias, and in an evaluation
	PreviousBias []float64 // at its beginning
	RowNorms     []float64 // L2 norm of each neuron's incoming weights at the epoch's end; training only
	Cosine       []float64 // of each neuron's incoming and outgoing weights; nil unless asked for
	BiasEffect   *BiasEffect
	// Gauges are the layer's own quantities (k, threshold) by metric, summed over the samples.
	Gauges map[string]float64
}

// Param is a parameter's part of a Snapshot.
type Param struct {
	Name     string  // "hidden.0.weight"
	Norm     float64 // L2 norm at the epoch's end
	GradNorm float64 // sum over the steps of the gradient's L2 norm before clipping
}

// Metric is one registered metric. Its registry entry's Doc is the definition.
type Metric struct {
	Unit string
	// HigherIsBetter is what "best" means for it; for most metrics lower is better.
	HigherIsBetter bool
	// Extra is the name in metrics.extra that it is measured for; "": it always is.
	Extra string
	// Layer computes the metric for a hidden layer; nil if it is not one of layers. Networks with
	// several hidden layers get "<name>/<layer>" for each, and "<name>" for all neurons together.
	Layer func(s *Snapshot, l *Layer) (value float64, ok bool)
	// Param computes the metric for a parameter: "<name>/<parameter>".
	Param func(s *Snapshot, p *Param) (value float64, ok bool)
	// Whole computes the metric for the network.
	Whole func(s *Snapshot) (value float64, ok bool)
}

// Metrics are all metrics.
var Metrics = registry.New[Metric]("metrics")

func register(name, reference, unit, doc string, m Metric) {
	m.Unit = unit
	Metrics.Register(registry.Entry[Metric]{Name: name, Reference: reference, Doc: doc + " [" + unit + "]", Value: m})
}

// Compute adds every metric that s has to values, under prefix + "/" + name, where prefix is
// "train" or "val".
func Compute(prefix string, s *Snapshot, values map[string]float64) {
	for _, name := range Metrics.Names() {
		e, _ := Metrics.Get(name)
		key := prefix + "/" + name
		add := func(key string, v float64, ok bool) {
			if ok {
				values[key] = v
			}
		}
		if f := e.Value.Whole; f != nil {
			v, ok := f(s)
			add(key, v, ok)
		}
		if f := e.Value.Param; f != nil {
			for i := range s.Params {
				v, ok := f(s, &s.Params[i])
				add(key+"/"+s.Params[i].Name, v, ok)
			}
		}
		if f := e.Value.Layer; f != nil && len(s.Layers) > 0 {
			all := together(s.Layers)
			v, ok := f(s, &all)
			add(key, v, ok)
			for i := range s.Layers {
				if len(s.Layers) > 1 {
					v, ok := f(s, &s.Layers[i])
					add(key+"/"+s.Layers[i].Name, v, ok)
				}
			}
			for i := range s.Stages {
				v, ok := f(s, &s.Stages[i])
				add(key+"/"+s.Stages[i].Name, v, ok)
			}
		}
	}
}

// Check returns an error unless key is "train/" or "val/" with the name of a metric, and perhaps
// of a layer or parameter behind it.
func Check(key string) error {
	split, rest, _ := strings.Cut(key, "/")
	if split != "train" && split != "val" {
		return fmt.Errorf("is %q; give train/NAME or val/NAME, such as val/loss", key)
	}
	name, _, _ := strings.Cut(rest, "/")
	_, err := Metrics.Get(name)
	return err
}

// ExtraOf is the name in metrics.extra that the metric of that key is measured for; "": it always is.
func ExtraOf(key string) string {
	_, rest, _ := strings.Cut(key, "/")
	name, _, _ := strings.Cut(rest, "/")
	e, err := Metrics.Get(name)
	if err != nil {
		return ""
	}
	return e.Value.Extra
}

// HigherIsBetter tells which direction of the metric of that key is an improvement.
func HigherIsBetter(key string) bool {
	_, rest, _ := strings.Cut(key, "/")
	name, _, _ := strings.Cut(rest, "/")
	e, err := Metrics.Get(name)
	return err == nil && e.Value.HigherIsBetter
}

// together is one layer with the neurons of all layers. Its Cosine is nil unless all have one.
func together(layers []Layer) Layer {
	if len(layers) == 1 {
		return layers[0]
	}
	all := Layer{Name: "hidden"}
	for i := range layers {
		l := &layers[i]
		all.Fired = append(all.Fired, l.Fired...)
		all.Total = append(all.Total, l.Total...)
		all.Bias = append(all.Bias, l.Bias...)
		all.PreviousBias = append(all.PreviousBias, l.PreviousBias...)
		all.RowNorms = append(all.RowNorms, l.RowNorms...)
		all.Cosine = append(all.Cosine, l.Cosine...)
		all.BiasEffect = all.BiasEffect.with(l.BiasEffect)
	}
	if len(all.Cosine) < len(all.Fired) {
		all.Cosine = nil
	}
	return all
}

// ratio is a/b, and 0 where b is 0.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
