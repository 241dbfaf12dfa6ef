// Package optim holds the optimizers: how parameters follow their gradients, and at what rate.
package optim

import (
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

// Rule is an update rule. Each optimizer is one, in a file of its own that registers it.
type Rule interface {
	// Scalars says how many numbers Step needs that change from step to step, for each group.
	Scalars() int

	// Schedule fills row (Scalars long) with the numbers of one step for one group. The host does
	// it for a whole epoch ahead, in float64; the device reads the result.
	Schedule(row []float64, s Step)

	// Step moves the parameters against their gradients, which are undefined afterwards, and restores
	// their constraints. It must not allocate. clip, Float [1], is the factor of gradient clipping; rows (groups × Scalars)
	// is the step's part of the schedule.
	Step(clip, rows compute.Tensor)

	// State is everything that a checkpoint must hold. The names begin with those of parameters,
	// and go on as PyTorch's: "hidden.0.weight/exp_avg".
	State() []State
}

// Step says which step a row is for.
type Step struct {
	T      uint64  // counted from 1
	LR     float64 // the group's rate times the schedule's factor
	Factor float64 // the schedule's factor
	Group  Group
}

// State is one of an optimizer's tensors.
type State struct {
	Name   string
	Tensor compute.Tensor
}

// Setup is what a rule is made for.
type Setup struct {
	B      compute.Backend
	Config Config
	Params Params
	Plan   Plan
}

// Plan is how long a run is to be.
type Plan struct {
	Epochs        int
	StepsPerEpoch int
}

// Spec is what is registered of an optimizer.
type Spec struct {
	// New allocates all that the rule needs: its steps allocate nothing.
	New func(Setup) (Rule, error)
	// Fields are the fields of Config that it reads beside kind, lr, bias_lr, clip_norm and
	// schedule. Others are refused where they are given.
	Fields []string
}

// Optimizers are the known optimizers, by the name of `optimizer.kind`.
var Optimizers = registry.New[Spec]("optimizers")

// Optimizer steps all parameters of a network: a rule, and the rates at which its groups follow.
type Optimizer struct {
	rule   Rule
	groups []Group
	names  [][]string
	config Config
	plan   Plan
}

// New makes the optimizer that c describes for these parameters and a run of this length.
func New(b compute.Backend, c Config, ps Params, plan Plan) (*Optimizer, error) {
	e, err := Optimizers.Get(c.Kind)
	if err != nil {
		return nil, fmt.Errorf("optimizer.kind: %w", err)
	}
	groups := ps.group(c)
	rule, err := e.Value.New(Setup{b, c, ps, plan})
	if err != nil {
		return nil, fmt.Errorf("optimizer %s: %w", c.Kind, err)
	}
	return &Optimizer{rule: rule, groups: groups, names: ps.names(len(groups)), config: c, plan: plan}, nil
}

// Groups are the names of each group's parameters, those that are stepped.
func (o *Optimizer) Groups() [][]string { return o.names }

// Scalars is the number of numbers that Step needs for one step: those of all groups.
func (o *Optimizer) Scalars() int { return len(o.groups) * o.rule.Scalars() }

// Schedule fills row (Scalars long) with the numbers of step t of the run, from 1, which is step
// inEpoch of the given epoch, both from 0.
func (o *Optimizer) Schedule(row []float64, t uint64, epoch, inEpoch int) {
	n := o.rule.Scalars()
	factor := o.config.Schedule.Factor(epoch, inEpoch, o.plan)
	for i, g := range o.groups {
		o.rule.Schedule(row[i*n:(i+1)*n], Step{T: t, LR: g.LR * factor, Factor: factor, Group: g})
	}
}

// Step moves the parameters against their gradients, which are undefined afterwards, and restores what
// must hold of them. clip, Float [1], is the factor of gradient clipping; scalars [Scalars] is the step's row.
func (o *Optimizer) Step(clip, scalars compute.Tensor) {
	o.rule.Step(clip, scalars.Reshape(len(o.groups), o.rule.Scalars()))
}

// State is everything that a checkpoint must hold.
func (o *Optimizer) State() []State { return o.rule.State() }

// Rates are the learning rates of the groups in a step: that of most parameters first.
func (o *Optimizer) Rates(epoch, inEpoch int) []float64 {
	factor := o.config.Schedule.Factor(epoch, inEpoch, o.plan)
	var out []float64
	for _, g := range o.groups {
		out = append(out, g.LR*factor)
	}
	return out
}
