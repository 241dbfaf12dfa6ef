package train

import (
	"noise2sparse/metric"
	"noise2sparse/model"
)

// layerSums are what the network's layers add up in mode m: activity, stages, gauges.
func (e *Engine) layerSums(m model.Mode) []Buffer {
	var out []Buffer
	activity := func(name string, a model.Activity) {
		out = append(out, Buffer{name + "/fired", a.Fired}, Buffer{name + "/total", a.Total})
	}
	for _, h := range e.Net.Hidden() {
		activity(h.Name, h.Activity[m])
		for _, s := range h.Stages {
			activity(h.Name+"."+s.Name, s.Activity[m])
		}
	}
	for _, g := range e.gauges() {
		out = append(out, Buffer{g.Layer + "/" + g.Metric, g.Sum[m]})
	}
	return out
}

// beginLayers empties what the layers have added up in mode m.
func (e *Engine) beginLayers(m model.Mode) {
	for _, s := range e.layerSums(m) {
		e.b.Fill(s.Tensor, 0)
	}
}

func (e *Engine) gauges() []*model.Gauge {
	if n, ok := e.Net.(model.Gauged); ok {
		return n.Gauges()
	}
	return nil
}

// readActivity reads what was counted of one layer, or of a stage of one.
func (e *Engine) readActivity(name string, a model.Activity) metric.Layer {
	return metric.Layer{Name: name, Fired: floats(e.b, a.Fired), Total: floats(e.b, a.Total)}
}

// readGauges gives the layers of s their gauges.
func (e *Engine) readGauges(m model.Mode, s *metric.Snapshot) {
	byLayer := map[string]map[string]float64{}
	for _, g := range e.gauges() {
		if byLayer[g.Layer] == nil {
			byLayer[g.Layer] = map[string]float64{}
		}
		byLayer[g.Layer][g.Metric] = floats(e.b, g.Sum[m].Flat())[0]
	}
	for i := range s.Layers {
		s.Layers[i].Gauges = byLayer[s.Layers[i].Name]
	}
}
