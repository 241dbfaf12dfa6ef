package train

import (
	"math"

	"noise2sparse/metric"
)

// patience is early stopping's memory. The zero value has seen nothing.
type patience struct {
	Best    float64 `json:"best"`
	Seen    bool    `json:"seen"`
	Without int     `json:"without_improvement"` // evaluations since Best
}

// stopEarly looks at the epoch's metrics and decides whether the run goes on.
func (r *runner) stopEarly(values map[string]float64) {
	c := r.Config.EarlyStopping
	if c == nil {
		return
	}
	v, ok := values[c.Metric]
	if !ok || math.IsNaN(v) {
		return
	}
	p := &r.loop.Stopping
	gain := p.Best - v
	if metric.HigherIsBetter(c.Metric) {
		gain = -gain
	}
	if !p.Seen || gain > c.MinDelta {
		*p = patience{Best: v, Seen: true}
		return
	}
	p.Without++
	r.loop.Stopped = p.Without >= c.Patience
}

// bestOf is the epoch with the best value of a metric so far.
type bestOf struct {
	Epoch int     `json:"epoch"` // from 1; 0: none yet
	Value float64 `json:"value"`
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
		*b = bestOf{epoch, v}
	}
}
