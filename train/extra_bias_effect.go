package train

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
	"noise2sparse/metric"
	"noise2sparse/model"
)

func init() {
	extras.Register(registry.Entry[extraSpec]{
		Name: "bias_effect", Value: extraSpec{new: newBiasEffect},
		Doc: "neurons that are positive before their bias, and those that the bias wakes and silences; costs the hidden layers' products once more",
	})
}

// biasEffect counts the signs of p = W x and q = p + b in each hidden layer:
//
//	active_j   = Σ_i [p_ij > 0]
//	after_j    = Σ_i [q_ij > 0]
//	both_j     = Σ_i [p_ij > 0 and q_ij > 0]
//	woken_j    = after_j − both_j
//	silenced_j = active_j − both_j
//
// The layer's own forward pass adds the bias while the product is in cache and keeps no p, so the
// product is done again.
type biasEffect struct {
	b      compute.Backend
	layers []biasLayer
}

type biasLayer struct {
	*model.Hidden
	p, q   compute.Tensor       // (batch × n); the layers share one memory
	counts [2][3]compute.Tensor // Float64 [n], by mode: active, after, both
}

func newBiasEffect(e *Engine) probe {
	pr := &biasEffect{b: e.b}
	widest := 0
	for _, h := range e.Net.Hidden() {
		widest = max(widest, h.Width)
	}
	p := e.b.Alloc(e.b.Float(), e.cfg.BatchSize*widest)
	q := e.b.Alloc(e.b.Float(), e.cfg.BatchSize*widest)
	for _, h := range e.Net.Hidden() {
		l := biasLayer{Hidden: h}
		l.p = p.Head(e.cfg.BatchSize*h.Width).Reshape(e.cfg.BatchSize, h.Width)
		l.q = q.Head(e.cfg.BatchSize*h.Width).Reshape(e.cfg.BatchSize, h.Width)
		for m := range l.counts {
			for i := range l.counts[m] {
				l.counts[m][i] = e.b.Alloc(compute.Float64, h.Width)
			}
		}
		pr.layers = append(pr.layers, l)
	}
	return pr
}

func (pr *biasEffect) forward(m model.Mode, x, _ compute.Tensor) {
	b := pr.b
	for i := range pr.layers {
		l := &pr.layers[i]
		p, q, counts := l.p.Head(x.Rows()), l.q.Head(x.Rows()), &l.counts[m]
		b.Matmul(p, l.Input(), l.Weight.Value, false, true, 1, 0)
		b.Reduce(compute.CountPositive, counts[0], p, compute.Columns, true)
		if l.Bias == nil {
			continue
		}
		b.Binary(compute.Add, q, p, l.Bias.Value)
		b.Reduce(compute.CountPositive, counts[1], q, compute.Columns, true)
		b.Binary(compute.MaskByAbove, p, p, q)
		b.Reduce(compute.CountPositive, counts[2], p, compute.Columns, true)
	}
}

func (pr *biasEffect) sums(m model.Mode) []Buffer {
	var out []Buffer
	for i := range pr.layers {
		l := &pr.layers[i]
		for k, name := range []string{"active", "after", "both"} {
			out = append(out, Buffer{l.Name + "/" + name, l.counts[m][k]})
		}
	}
	return out
}

func (pr *biasEffect) read(m model.Mode, samples float64, s *metric.Snapshot) {
	for i := range pr.layers {
		l := &pr.layers[i]
		active, after, both := floats(pr.b, l.counts[m][0]), floats(pr.b, l.counts[m][1]), floats(pr.b, l.counts[m][2])
		effect := &metric.BiasEffect{Samples: samples, Active: active}
		if l.Bias != nil {
			for j := range both {
				effect.Woken = append(effect.Woken, after[j]-both[j])
				effect.Silenced = append(effect.Silenced, active[j]-both[j])
			}
		}
		s.Layers[i].BiasEffect = effect
	}
}
