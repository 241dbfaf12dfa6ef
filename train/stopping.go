package train

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"noise2sparse/metric"
)

// patience is early stopping's memory. The zero value has seen nothing.
type patience struct {
	Metric  string  `json:"metric"` // of Best
	Best    float64 `json:"best"`
	Seen    bool    `json:"seen"`
	Without int     `json:"without_improvement"` // evaluations since Best
}

// reconsider takes a new configuration into account where a run is resumed: what was remembered of
// another metric is forgotten, and patience may have changed.
func (r *runner) reconsider() {
	c := r.Config.EarlyStopping
	if c == nil || r.loop.Stopping.Metric != c.Metric {
		r.loop.Stopping = patience{}
	}
	r.loop.Stopped = c != nil && r.loop.Stopping.Without >= c.Patience
	if r.loop.Best.Metric != r.Config.Checkpoint.BestMetric {
		r.loop.Best = bestOf{}
	}
}

// stopEarly looks at the epoch's metrics, if the one that decides is of the given split, "train/" or
// "val/", and decides whether the run goes on. A value that is not finite is no improvement.
func (r *runner) stopEarly(values map[string]float64, split string) {
	c := r.Config.EarlyStopping
	if c == nil || !strings.HasPrefix(c.Metric, split) {
		return
	}
	v, ok := values[c.Metric]
	if !ok {
		return
	}
	p := &r.loop.Stopping
	gain := p.Best - v
	if metric.HigherIsBetter(c.Metric) {
		gain = -gain
	}
	finite := !math.IsNaN(v) && !math.IsInf(v, 0)
	if finite && (!p.Seen || gain > c.MinDelta) {
		*p = patience{Metric: c.Metric, Best: v, Seen: true}
		return
	}
	p.Metric = c.Metric
	p.Without++
	r.loop.Stopped = p.Without >= c.Patience
}

// bestOf is the epoch with the best value of a metric so far.
type bestOf struct {
	Metric string  `json:"metric"`
	Epoch  int     `json:"epoch"` // from 1; 0: none yet
	Value  float64 `json:"value"`
}

func (b *bestOf) consider(name string, epoch int, values map[string]float64) {
	v, ok := values[name]
	if !ok || math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	better := v < b.Value
	if metric.HigherIsBetter(name) {
		better = v > b.Value
	}
	if b.Epoch == 0 || better {
		*b = bestOf{name, epoch, v}
	}
}

// checkMetrics returns an error where early stopping, or the choice of the best checkpoint, waits for
// a metric that this run does not measure. It can tell once there was an evaluation.
func (r *runner) checkMetrics(values map[string]float64, evaluated bool) error {
	check := func(field, name string) error {
		_, measured := values[name]
		if measured || strings.HasPrefix(name, "val/") && !evaluated && r.e.val.n > 0 {
			return nil
		}
		return fmt.Errorf("%s is %s, which this run does not measure; it has: %s", field, name,
			strings.Join(slices.Sorted(maps.Keys(values)), ", "))
	}
	if c := r.Config.EarlyStopping; c != nil {
		if err := check("early_stopping.metric", c.Metric); err != nil {
			return err
		}
	}
	if best := r.bestMetric(); best != "" && r.e.val.n > 0 {
		return check("checkpoint.best_metric", best)
	}
	return nil
}
