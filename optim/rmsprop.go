package optim

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "rmsprop", Reference: "RMSProp", Doc: "gradients divided by the root of their mean square, as torch.optim.RMSprop",
		Value: Spec{
			New: func(s Setup) (Rule, error) {
				alpha := or(s.Config.Alpha, defaultAlpha)
				return newRMS(s, "square_avg", alpha, 1-alpha, defaultEps), nil
			},
			Fields: []string{"alpha", "eps"},
		},
	})
}

// rms is s = keep·s + add·g²; p −= η g / (√s + ε): RMSProp, not centred and without momentum, and
// with keep and add 1, AdaGrad.
type rms struct {
	Setup
	name      string // of s in checkpoints
	keep, add float64
	eps       float64
	s         compute.Tensor
	scratch   compute.Tensor
}

func newRMS(s Setup, name string, keep, add, eps float64) *rms {
	return &rms{
		Setup: s, name: name, keep: keep, add: add, eps: or(s.Config.Eps, eps),
		s: s.flat(), scratch: compute.Scratch[compute.RMSPropFuser](s.B, s.Params.Values.Len()),
	}
}

func (o *rms) Scalars() int { return 2 }

func (o *rms) Schedule(row []float64, s Step) { row[0], row[1] = s.LR, o.eps }

func (o *rms) Step(clip, rows compute.Tensor) {
	ps := &o.Params
	for _, s := range ps.spans {
		row := s.row(rows)
		c := compute.RMSScalars{Clip: clip, LR: row.At(0), Eps: row.At(1)}
		compute.RMSProp(o.B, s.of(ps.Values), s.of(o.s), s.of(ps.Grads), s.maybe(o.scratch), c, o.keep, o.add)
	}
}

func (o *rms) State() []State { return o.Params.views(o.name, o.s) }
