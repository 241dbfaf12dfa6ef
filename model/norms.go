package model

import "noise2sparse/compute"

// norms holds what dividing rows by their L2 norm needs: n norms and their inverses, (n × 1).
type norms struct {
	norm, inverse compute.Tensor
}

func newNorms(b compute.Backend, n int) norms {
	return norms{b.Alloc(b.Float(), n, 1), b.Alloc(b.Float(), n, 1)}
}

func (s norms) head(n int) norms { return norms{s.norm.Head(n), s.inverse.Head(n)} }

// normalize divides each row of x by its L2 norm: y = x/‖x‖, without an epsilon. A row of zeros stays
// zero. y may be x.
func (s norms) normalize(b compute.Backend, y, x compute.Tensor) {
	compute.NormalizeRows(b, y, s.norm, s.inverse, x)
}

// backwardRows takes the gradient dy of y = x/‖x‖ (rows) to that of x; dx may be dy. A row of zeros
// passes no gradient. product (as dy) and dots ([B 1]) are scratch.
//
//	dx_i = (dy_i − y_i (y_i · dy_i)) / ‖x_i‖
func (s norms) backwardRows(b compute.Backend, dx, dy, y, product, dots compute.Tensor) {
	compute.NormalizeRowsBackward(b, dx, dy, y, s.inverse, product, dots)
}

// zeroRows counts vectors of zeros: a gauge of the fraction of samples for which there was nothing
// to normalise.
type zeroRows struct {
	gauge *Gauge
	one   compute.Tensor // Float64 [1]: 1
	found compute.Tensor // Float64 [1]
}

func newZeroRows(b compute.Backend, metric, layer string) *zeroRows {
	z := &zeroRows{NewGauge(b, metric, layer), b.Alloc(compute.Float64, 1), b.Alloc(compute.Float64, 1)}
	b.Fill(z.one, 1)
	return z
}

// count adds the zeros among norms. NaN counts as zero: it is no length either.
func (z *zeroRows) count(b compute.Backend, norm compute.Tensor, m Mode) {
	b.Reduce(compute.CountPositive, z.found, norm, compute.All, false)
	z.gauge.AddEach(b, z.one, norm.Rows(), m)
	b.Binary(compute.Sub, z.gauge.Sum[m], z.gauge.Sum[m], z.found)
}
