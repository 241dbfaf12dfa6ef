package train

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
	"noise2sparse/model"
)

// RegularizationConfig is the `regularization:` section: terms that are added to every sample's
// loss.
type RegularizationConfig struct {
	L1           float64 `yaml:"l1" default:"0" doc:"weight of the sum of |p| over the parameters"`
	L2           float64 `yaml:"l2" default:"0" doc:"weight of the sum of p squared over the parameters (no factor of one half)"`
	PenaltyOn    string  `yaml:"penalty_on" default:"all" doc:"the parameters of l1 and l2: all (biases too) or weights (matrices only)"`
	ActivationL1 float64 `yaml:"activation_l1" default:"0" doc:"weight of the batch mean of the sum of |activation| over a hidden layer's neurons"`
	Layers       string  `yaml:"layers" default:"first" doc:"the hidden layers of activation_l1: first or all"`
}

func (c *RegularizationConfig) check(ps *problem.List) {
	for _, f := range []struct {
		field string
		value float64
	}{{"l1", c.L1}, {"l2", c.L2}, {"activation_l1", c.ActivationL1}} {
		if !(f.value >= 0) || math.IsInf(f.value, 0) {
			ps.Addf(f.field, "is %v; give a finite number, at least 0", f.value)
		}
	}
	if c.PenaltyOn != "all" && c.PenaltyOn != "weights" && c.PenaltyOn != "" {
		ps.Addf("penalty_on", "is %q; give all or weights", c.PenaltyOn)
	}
	if c.Layers != "first" && c.Layers != "all" && c.Layers != "" {
		ps.Addf("layers", "is %q; give first or all", c.Layers)
	}
}

// activations returns the weight of activation L1 for each of n hidden layers.
func (c *RegularizationConfig) activations(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		if i == 0 || c.Layers == "all" {
			out[i] = c.ActivationL1
		}
	}
	return out
}

// regularization is the terms of the loss that do not look at outputs (FORMAT.md section 6), added
// to the loss of each of the batch's n samples:
//
//	l1 Σ|p| + l2 Σp² + Σ over layers λ · 1/n Σ_ij |post_ij|
//
// The gradients of the last term are the layers' own (model.Spec.ActivityL1).
type regularization struct {
	b      compute.Backend
	l1, l2 float64
	values []compute.Tensor // the penalised parameters, in pieces
	grads  []compute.Tensor // theirs
	sign   []compute.Tensor // of the same sizes
	layers []*model.Hidden  // with a penalty
	sum    compute.Tensor   // Float64 [1]

	// each (Float64 [1]) and term (Float [1]) are what each sample of the last batch has on top of its
	// loss; not valid unless asked for by keepEach.
	each, term compute.Tensor
}

// newRegularization returns nil where nothing is penalised.
func newRegularization(b compute.Backend, c RegularizationConfig, net model.Network) *regularization {
	r := &regularization{b: b, l1: c.L1, l2: c.L2}
	for _, h := range net.Hidden() {
		if h.ActivityL1() > 0 {
			r.layers = append(r.layers, h)
		}
	}
	if c.L1 == 0 && c.L2 == 0 && len(r.layers) == 0 {
		return nil
	}
	r.sum = b.Alloc(compute.Float64, 1)
	if c.L1 == 0 && c.L2 == 0 {
		return r
	}
	ps := net.Params()
	if c.PenaltyOn == "weights" {
		for _, p := range ps.List {
			if p.Value.Rank() > 1 {
				r.values, r.grads = append(r.values, p.Value), append(r.grads, p.Grad)
			}
		}
	} else { // in one pass: the gaps between parameters are 0, and so are their signs
		r.values, r.grads = []compute.Tensor{ps.Values}, []compute.Tensor{ps.Grads}
	}
	if c.L1 > 0 {
		for _, v := range r.values {
			r.sign = append(r.sign, b.Alloc(b.Float(), v.Len()))
		}
	}
	return r
}

// addLoss adds the terms of n samples to total, the sum of their losses (Float64 [1]).
func (r *regularization) addLoss(total compute.Tensor, n int) {
	if r == nil {
		return
	}
	if r.each.Valid() {
		r.b.Copy(r.each, total)
	}
	for _, v := range r.values {
		r.add(total, compute.SumAbs, v, r.l1*float64(n))
		r.add(total, compute.SumSquares, v, r.l2*float64(n))
	}
	for _, h := range r.layers {
		r.add(total, compute.SumAbs, h.Post, h.ActivityL1())
	}
	if r.each.Valid() {
		r.b.Axpby(1/float64(n), total, -1/float64(n), r.each)
	}
}

// keepEach has the terms of one sample kept for addEach, where they are wanted.
func (r *regularization) keepEach(wanted bool) {
	if r != nil && wanted {
		r.each, r.term = r.b.Alloc(compute.Float64, 1), r.b.Alloc(r.b.Float(), 1)
	}
}

// addEach adds the last batch's terms to each of its samples' losses (Float [n]).
func (r *regularization) addEach(losses compute.Tensor) {
	if r == nil {
		return
	}
	r.b.Copy(r.term, r.each)
	r.b.Binary(compute.Add, losses, losses, r.term)
}

func (r *regularization) add(total compute.Tensor, op compute.ReduceOp, x compute.Tensor, weight float64) {
	if weight > 0 {
		r.b.Reduce(op, r.sum, x, compute.All, false)
		r.b.Axpby(weight, r.sum, 1, total)
	}
}

// addGradients adds l1 sign(p) + 2 l2 p to the parameters' gradients.
func (r *regularization) addGradients() {
	if r == nil {
		return
	}
	for i, v := range r.values {
		if r.l1 > 0 {
			r.b.Unary(compute.Sign, r.sign[i], v)
			r.b.Axpby(r.l1, r.sign[i], 1, r.grads[i])
		}
		if r.l2 > 0 {
			r.b.Axpby(2*r.l2, v, 1, r.grads[i])
		}
	}
}
