package golden

import "noise2sparse/metric"

// delta is what one batch has added to an epoch's or an evaluation's counts: now − before, where
// before is nil for the first batch. What is not a count (weights, biases) is as it is now.
func delta(now, before *metric.Snapshot, samples int) *metric.Snapshot {
	d := *now
	d.Samples, d.Steps = samples, 1
	if before == nil {
		return &d
	}
	d.Loss -= before.Loss
	d.Correct -= before.Correct
	d.GradNorm -= before.GradNorm
	d.Layers = layerDeltas(now.Layers, before.Layers)
	d.Stages = layerDeltas(now.Stages, before.Stages)
	if c := now.Closest; c != nil {
		b := before.Closest
		d.Closest = &metric.Closest{Samples: c.Samples - b.Samples, Noised: c.Noised - b.Noised, Reconstructed: c.Reconstructed - b.Reconstructed}
	}
	return &d
}

func layerDeltas(now, before []metric.Layer) []metric.Layer {
	var out []metric.Layer
	for i, l := range now {
		b := before[i]
		l.Fired, l.Total = less(l.Fired, b.Fired), less(l.Total, b.Total)
		if e := l.BiasEffect; e != nil {
			l.BiasEffect = &metric.BiasEffect{
				Samples: e.Samples - b.BiasEffect.Samples, Active: less(e.Active, b.BiasEffect.Active),
				Woken: less(e.Woken, b.BiasEffect.Woken), Silenced: less(e.Silenced, b.BiasEffect.Silenced),
			}
		}
		gauges := map[string]float64{}
		for name, v := range l.Gauges {
			gauges[name] = v - b.Gauges[name]
		}
		l.Gauges = gauges
		out = append(out, l)
	}
	return out
}

// less is a − b, elementwise; nil of nil.
func less(a, b []float64) []float64 {
	var out []float64
	for i := range a {
		out = append(out, a[i]-b[i])
	}
	return out
}
