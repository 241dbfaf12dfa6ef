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
	elementwise
	eps float64
}

// newRMS names s as checkpoints have it.
func newRMS(s Setup, name string, keep, add, eps float64) *rms {
	return &rms{newElementwise(s, compute.RMSRule{Keep: keep, Add: add}, name), or(s.Config.Eps, eps)}
}

func (o *rms) Schedule(row []float64, s Step) { row[0], row[1] = s.LR, o.eps }
