package optim

import (
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "shampoo", Reference: "Shampoo", Doc: "gradients multiplied with powers of their correlations by row and column (Gupta et al. 2018), as torch_optimizer's",
		Value: Spec{New: newShampoo, Fields: []string{"eps"}},
	})
}

// shampooMax is the longest side of a parameter: two matrices of that size are kept for it, and one
// is decomposed in every step, in a time that grows with the third power.
const shampooMax = 8192

// shampoo treats each parameter for itself; the preconditioners L and R start at ε·I.
//
//	matrix g: L += g gᵀ;  h = L^(−1/2) g;  R += hᵀ h;  u = h R^(−1/2)
//	vector g: L += g gᵀ;  u = L⁻¹ g
//	p −= η u
//
// As in the reference's implementation R sees h and not g, and the powers are −1/2, not the
// paper's −1/4. Parameters of more dimensions are taken as (first × all others).
type shampoo struct {
	Setup
	eps    float64
	params []*shampooParam
}

type shampooParam struct {
	Param
	p, g, u   compute.Tensor // (rows × cols); cols is 1 for vectors
	h         compute.Tensor // the same
	l, invL   compute.Tensor // (rows × rows)
	r, invR   compute.Tensor // (cols × cols); Tensor{} for vectors
	keptShape compute.Tensor // u in the parameter's own shape
}

func newShampoo(s Setup) (Rule, error) {
	o := &shampoo{Setup: s, eps: or(s.Config.Eps, 1e-4)}
	u := s.flat()
	for _, p := range s.Params.stepped() {
		view := p.View(s.Params.Values)
		rows, cols := view.Rows(), view.Cols()
		if max(rows, cols) > shampooMax {
			return nil, fmt.Errorf("%s is %v: its sides may not exceed %d, since each step decomposes a matrix of that size; choose another optimizer.kind", p.Name, view.Shape(), shampooMax)
		}
		matrix := func(flat compute.Tensor) compute.Tensor { return p.View(flat).Reshape(rows, cols) }
		a := &shampooParam{
			Param: p, p: matrix(s.Params.Values), g: matrix(s.Params.Grads), u: matrix(u), keptShape: p.View(u),
			h: s.B.Alloc(s.B.Float(), rows, cols),
		}
		a.l, a.invL = o.identity(rows), s.B.Alloc(s.B.Float(), rows, rows)
		if view.Rank() > 1 {
			a.r, a.invR = o.identity(cols), s.B.Alloc(s.B.Float(), cols, cols)
		}
		o.params = append(o.params, a)
		// Once now, so that a backend has the room it needs before the first step.
		o.power(a.invL, a.l, -1)
		if a.r.Valid() {
			o.power(a.invR, a.r, -1)
		}
	}
	return o, nil
}

// identity is ε·I (n × n).
func (o *shampoo) identity(n int) compute.Tensor {
	t := o.B.Alloc(o.B.Float(), n, n)
	for i := range n {
		o.B.Fill(t.Flat().At(i*n+i), o.eps)
	}
	return t
}

// power sets dst to a power of a preconditioner, whose eigenvalues are at least ε but for rounding.
func (o *shampoo) power(dst, a compute.Tensor, exponent float64) {
	o.B.SymmetricPower(dst, a, exponent, o.eps)
}

func (o *shampoo) Scalars() int { return 1 }

func (o *shampoo) Schedule(row []float64, s Step) { row[0] = s.LR }

func (o *shampoo) Step(clip, rows compute.Tensor) {
	b := o.B
	for _, a := range o.params {
		b.Binary(compute.Mul, a.g, a.g, clip)
		b.Matmul(a.l, a.g, a.g, false, true, 1, 1)
		if a.r.Valid() {
			o.power(a.invL, a.l, -0.5)
			b.Matmul(a.h, a.invL, a.g, false, false, 1, 0)
			b.Matmul(a.r, a.h, a.h, true, false, 1, 1)
			o.power(a.invR, a.r, -0.5)
			b.Matmul(a.u, a.h, a.invR, false, false, 1, 0)
		} else {
			o.power(a.invL, a.l, -1)
			b.Matmul(a.u, a.invL, a.g, false, false, 1, 0)
		}
		b.Binary(compute.Mul, a.g, a.u, rows.Slice(a.group, a.group+1).Flat())
		b.Binary(compute.Sub, a.p, a.p, a.g)
	}
	o.restore()
}

func (o *shampoo) State() []State {
	var out []State
	for _, a := range o.params {
		out = append(out,
			State{a.Name + "/precond_0", a.l}, State{a.Name + "/inv_precond_0", a.invL}, State{a.Name + "/momentum_buffer", a.keptShape})
		if a.r.Valid() {
			out = append(out, State{a.Name + "/precond_1", a.r}, State{a.Name + "/inv_precond_1", a.invR})
		}
	}
	return out
}
