package optim

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "sgd_momentum", Reference: "SGDM", Doc: "stochastic gradient descent with momentum, as torch.optim.SGD",
		Value: Spec{
			New: func(s Setup) (Rule, error) {
				rule := compute.SGDRule{Velocity: true, Momentum: or(s.Config.Momentum, defaultMomentum)}
				return newSGD(s, rule, "momentum_buffer"), nil
			},
			Fields: []string{"momentum"},
		},
	})
}
