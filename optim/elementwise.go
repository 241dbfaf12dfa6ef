package optim

import "noise2sparse/compute"

// elementwise is the part that optimizers share which treat each number of the parameters on its own:
// their step is an ElementRule's, and their state a tensor or two laid out like the parameters.
type elementwise struct {
	Setup
	*compute.Stepper
	names []string // of the state in checkpoints
}

// newElementwise allocates the state. names go behind the parameters' names, as PyTorch has them.
func newElementwise(s Setup, rule compute.ElementRule, names ...string) elementwise {
	return elementwise{s, compute.NewStepper(s.B, rule, s.Params.Values, s.Params.Grads, s.Params.parts), names}
}

// Scalars implements Rule.
func (e *elementwise) Scalars() int { return e.Rule.Columns() }

// Step implements Rule.
func (e *elementwise) Step(clip, rows compute.Tensor) { e.Stepper.Step(e.B, clip, rows) }

// State implements Rule.
func (e *elementwise) State() []State {
	var out []State
	for i, name := range e.names {
		out = append(out, e.Params.views(name, e.Stepper.State[i])...)
	}
	return out
}
