package model

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	for _, e := range []registry.Entry[NewCircuit]{
		{Name: "all_to_all", Reference: "ALL-TO-ALL", Value: newAllToAll, Doc: "each neuron listens to every neuron of its layer, itself too: c = z Iᵀ"},
		{Name: "interneuron", Reference: "INTERNEURON", Value: newInterneuron, Doc: "one interneuron pools the layer and answers all: c = relu(z pᵀ + q) gᵀ"},
	} {
		Circuits.Register(e)
	}
}

// allToAll is c = z Iᵀ, I (n × n) without a bias.
type allToAll struct {
	b compute.Backend
	w *Param
}

func newAllToAll(b compute.Backend, ps *Params, prefix string, n, _ int) Circuit {
	w := &Param{Name: prefix + ".weight", shape: []int{n, n}, init: UniformFanIn(n)}
	ps.List = append(ps.List, w)
	return &allToAll{b, w}
}

func (c *allToAll) Allocate(int) {}

func (c *allToAll) Multiplications() int { return c.w.Value.Len() }

func (c *allToAll) Forward(out, z compute.Tensor, _ int) {
	c.b.Matmul(out, z, c.w.Value, false, true, 1, 0)
}

func (c *allToAll) Backward(dz, dc, z compute.Tensor, _ int, add bool) {
	c.b.Matmul(c.w.Grad, dc, z, true, false, 1, one(add))
	c.b.Matmul(dz, dc, c.w.Value, false, false, 1, 0)
}

// interneuron is a = relu(z pᵀ + q), c = a gᵀ with p (1 × n), q [1], g (n × 1); a (b × 1). The
// derivative of relu is 0 at 0.
type interneuron struct {
	b           compute.Backend
	pool, reply *Param
	bias        *Param
	a           []compute.Tensor // (batch × 1) for each step
	da          compute.Tensor   // (batch × 1)
}

func newInterneuron(b compute.Backend, ps *Params, prefix string, n, steps int) Circuit {
	c := &interneuron{
		b:     b,
		pool:  &Param{Name: prefix + ".pool.weight", shape: []int{1, n}, init: UniformFanIn(n)},
		bias:  &Param{Name: prefix + ".pool.bias", shape: []int{1}, init: UniformFanIn(n)},
		reply: &Param{Name: prefix + ".broadcast.weight", shape: []int{n, 1}, init: UniformFanIn(1)},
		a:     make([]compute.Tensor, steps),
	}
	ps.List = append(ps.List, c.pool, c.bias, c.reply)
	return c
}

func (c *interneuron) Allocate(batch int) {
	for t := range c.a {
		c.a[t] = c.b.Alloc(c.b.Float(), batch, 1)
	}
	c.da = c.b.Alloc(c.b.Float(), batch, 1)
}

func (c *interneuron) Multiplications() int { return c.pool.Value.Len() + c.reply.Value.Len() }

func (c *interneuron) Forward(out, z compute.Tensor, step int) {
	a := c.a[step].Head(z.Rows())
	c.b.Matmul(a, z, c.pool.Value, false, true, 1, 0)
	c.b.Binary(compute.Add, a, a, c.bias.Value)
	c.b.Unary(compute.Relu, a, a)
	c.b.Matmul(out, a, c.reply.Value, false, true, 1, 0)
}

func (c *interneuron) Backward(dz, dc, z compute.Tensor, step int, add bool) {
	a, da := c.a[step].Head(z.Rows()), c.da.Head(z.Rows())
	c.b.Matmul(c.reply.Grad, dc, a, true, false, 1, one(add))
	c.b.Matmul(da, dc, c.reply.Value, false, false, 1, 0)
	c.b.Binary(compute.MaskByAbove, da, da, a)
	c.b.Matmul(c.pool.Grad, da, z, true, false, 1, one(add))
	c.b.Reduce(compute.Sum, c.bias.Grad, da, compute.Columns, add)
	c.b.Matmul(dz, da, c.pool.Value, false, false, 1, 0)
}
