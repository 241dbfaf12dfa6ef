package optim

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/registry"
)

func init() {
	Optimizers.Register(registry.Entry[Spec]{
		Name: "adafactor", Reference: "AdaFactor", Doc: "mean squares kept by row and column alone (Shazeer and Stern 2018); chooses its rate itself unless relative_step is false",
		Value: Spec{New: newAdafactor, Fields: []string{"relative_step"}},
	})
}

// The constants of the paper's section 9.
const (
	adafactorDecay    = -0.8  // β = 1 − t^decay
	adafactorFloor    = 1e-30 // added to squares
	adafactorMinScale = 1e-3  // the least root mean square of a parameter
	adafactorMaxStep  = 1e-2  // the largest relative step
)

// adafactor treats each parameter p for itself. With β = 1 − t^−0.8 and u = g² + 1e-30:
//
//	matrix: R = βR + (1−β) rowmean(u);  C = βC + (1−β) colmean(u);  U = g / √((R / mean R) ⊗ C)
//	other:  V = βV + (1−β) u;  U = g / √V
//	U /= max(1, rms(U));  p −= max(1e-3, rms(p)) · step · U
//
// where step is min(1e-2, 1/√t), times the schedule's factor (unless UnscaledStep), or else the
// learning rate.
type adafactor struct {
	Setup
	params    []*adafactorParam
	floor     compute.Tensor // [1], 1e-30
	minScale  compute.Tensor // [1], 1e-3
	one       compute.Tensor // [1]
	size, was compute.Tensor // [1], scratch
}

// adafactorParam is one parameter with its state.
type adafactorParam struct {
	Param
	p, g             compute.Tensor // views
	rms              compute.Tensor // [1]: of p before the last step
	row, rowScratch  compute.Tensor // (rows × 1)
	col, colScratch  compute.Tensor // [cols]
	full, fullSquare compute.Tensor // as p: V and scratch, where p is no matrix
}

func newAdafactor(s Setup) (Rule, error) {
	b, f := s.B, s.B.Float()
	constant := func(v float64) compute.Tensor {
		t := b.Alloc(f, 1)
		b.Fill(t, v)
		return t
	}
	o := &adafactor{
		Setup: s, floor: constant(adafactorFloor), minScale: constant(adafactorMinScale), one: constant(1),
		size: b.Alloc(f, 1), was: b.Alloc(f, 1),
	}
	for _, p := range s.Params.stepped() {
		a := &adafactorParam{Param: p, p: p.View(s.Params.Values), g: p.View(s.Params.Grads), rms: b.Alloc(f, 1)}
		if a.p.Rank() == 2 {
			rows, cols := a.p.Rows(), a.p.Cols()
			a.row, a.rowScratch = b.Alloc(f, rows, 1), b.Alloc(f, rows, 1)
			a.col, a.colScratch = b.Alloc(f, cols), b.Alloc(f, cols)
		} else {
			a.full, a.fullSquare = b.Alloc(f, p.Shape...), b.Alloc(f, p.Shape...)
		}
		o.params = append(o.params, a)
	}
	return o, nil
}

func (o *adafactor) Scalars() int { return 3 }

// Schedule fills row with β, 1 − β and the step.
func (o *adafactor) Schedule(row []float64, s Step) {
	t := float64(s.T)
	added := math.Pow(t, adafactorDecay)
	row[0], row[1], row[2] = 1-added, added, s.LR
	if o.Config.relative() {
		row[2] = min(adafactorMaxStep, 1/math.Sqrt(t))
		if !o.Config.UnscaledStep {
			row[2] *= s.Factor
		}
	}
}

func (o *adafactor) Step(clip, rows compute.Tensor) {
	b := o.B
	for _, a := range o.params {
		row := rows.Slice(a.group, a.group+1).Flat()
		b.Binary(compute.Mul, a.g, a.g, clip)
		o.rootMeanSquare(a.rms, a.p)
		if a.row.Valid() {
			o.factored(a, row.At(0), row.At(1))
		} else {
			o.whole(a, row.At(0), row.At(1))
		}
		o.rootMeanSquare(o.size, a.g)
		b.Binary(compute.Max, o.size, o.size, o.one)
		b.Binary(compute.Max, o.was, a.rms, o.minScale)
		b.Binary(compute.Mul, o.was, o.was, row.At(2))
		b.Binary(compute.Div, o.was, o.was, o.size)
		b.Binary(compute.Mul, a.g, a.g, o.was)
		b.Binary(compute.Sub, a.p, a.p, a.g)
	}
	o.restore()
}

// rootMeanSquare sets dst [1] to √(Σ x² / n).
func (o *adafactor) rootMeanSquare(dst, x compute.Tensor) {
	o.B.Reduce(compute.SumSquares, dst, x, compute.All, false)
	o.B.Axpby(1/float64(x.Len()), dst, 0, dst)
	o.B.Unary(compute.Sqrt, dst, dst)
}

// average sets mean to keep · mean + add · fresh, and overwrites fresh.
func (o *adafactor) average(mean, fresh, keep, add compute.Tensor) {
	o.B.Binary(compute.Mul, fresh, fresh, add)
	o.B.Binary(compute.Mul, mean, mean, keep)
	o.B.Binary(compute.Add, mean, mean, fresh)
}

// factored turns the gradient of a matrix into U.
func (o *adafactor) factored(a *adafactorParam, keep, add compute.Tensor) {
	b, rows, cols := o.B, a.g.Rows(), a.g.Cols()
	b.Reduce(compute.SumSquares, a.rowScratch, a.g, compute.Rows, false)
	b.Axpby(1/float64(cols), a.rowScratch, 0, a.rowScratch)
	b.Binary(compute.Add, a.rowScratch, a.rowScratch, o.floor)
	o.average(a.row, a.rowScratch, keep, add)
	b.Reduce(compute.SumSquares, a.colScratch, a.g, compute.Columns, false)
	b.Axpby(1/float64(rows), a.colScratch, 0, a.colScratch)
	b.Binary(compute.Add, a.colScratch, a.colScratch, o.floor)
	o.average(a.col, a.colScratch, keep, add)

	b.Reduce(compute.Sum, o.was, a.row, compute.All, false)
	b.Axpby(1/float64(rows), o.was, 0, o.was) // mean R
	b.Binary(compute.Div, a.rowScratch, a.row, o.was)
	b.Unary(compute.Sqrt, a.rowScratch, a.rowScratch)
	b.Binary(compute.Div, a.g, a.g, a.rowScratch)
	b.Unary(compute.Sqrt, a.colScratch, a.col)
	b.Binary(compute.Div, a.g, a.g, a.colScratch)
}

// whole turns the gradient of a parameter that is no matrix into U.
func (o *adafactor) whole(a *adafactorParam, keep, add compute.Tensor) {
	b := o.B
	b.Unary(compute.Square, a.fullSquare, a.g)
	b.Binary(compute.Add, a.fullSquare, a.fullSquare, o.floor)
	o.average(a.full, a.fullSquare, keep, add)
	b.Unary(compute.Sqrt, a.fullSquare, a.full)
	b.Binary(compute.Div, a.g, a.g, a.fullSquare)
}

func (o *adafactor) State() []State {
	var out []State
	for _, a := range o.params {
		out = append(out, State{a.Name + "/RMS", a.rms})
		if a.row.Valid() {
			out = append(out, State{a.Name + "/exp_avg_sq_row", a.row.Flat()}, State{a.Name + "/exp_avg_sq_col", a.col})
		} else {
			out = append(out, State{a.Name + "/exp_avg_sq", a.full})
		}
	}
	return out
}
