package optim

import "noise2sparse/internal/registry"

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "sgd_momentum", Reference: "SGDM", Doc: "stochastic gradient descent with momentum, as torch.optim.SGD",
		Value: Spec{
			New:    func(s Setup) (Rule, error) { return &sgd{s, s.flat()}, nil },
			Fields: []string{"momentum"},
		},
	})
}
