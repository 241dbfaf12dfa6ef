package optim

import "noise2sparse/internal/registry"

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "adagrad", Reference: "AdaGrad", Doc: "gradients divided by the root of the sum of their squares (Duchi et al. 2011), as torch.optim.Adagrad",
		Value: Spec{
			New:    func(s Setup) (Rule, error) { return newRMS(s, "sum", 1, 1, 1e-10), nil },
			Fields: []string{"eps"},
		},
	})
}
