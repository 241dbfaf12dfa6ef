package cpu

import (
	"unsafe"

	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
)

// channels tells whether t is [n], or missing where that is allowed.
func channels(n int, optional bool, ts ...compute.Tensor) bool {
	for _, t := range ts {
		if !t.Valid() && optional {
			continue
		}
		if !t.Valid() || t.Rank() != 1 || t.Len() != n {
			return false
		}
	}
	return true
}

// byChannels cuts columns into strips of whole vectors: narrow ones where there are few columns, so
// that there is work for all cores.
func (t *task) byChannels(rows, cols int) int {
	t.size, t.total, t.rows, t.cols = stripCols, cols, rows, cols
	if cols < 8*stripCols {
		t.size = kernel.Lanes
	}
	return (cols + t.size - 1) / t.size
}

func (b *backend) ChannelMoments(mean, inv, runningMean, runningVar, x compute.Tensor, momentum, eps float64) {
	dt := mustFloats("ChannelMoments", mean, inv, runningMean, runningVar, x)
	must(x.Rank() == 2 && x.Rows() > 0 && channels(x.Cols(), false, mean, inv) && channels(x.Cols(), true, runningMean, runningVar) &&
		runningMean.Valid() == runningVar.Valid(), "ChannelMoments", "a matrix and vectors of its columns", mean, inv, runningMean, runningVar, x)
	t := &b.task
	t.in[0], t.in[1], t.in[2], t.in[3], t.in[4] = pointer(mean), pointer(inv), pointer(runningMean), pointer(runningVar), pointer(x)
	t.in[5] = b.scratch(x.Cols())
	t.a, t.b = momentum, eps
	t.run = by(dt, momentsChunk[float32], momentsChunk[float64])
	b.pool.run(t, t.byChannels(x.Rows(), x.Cols()))
}

func momentsChunk[T float](t *task, c int) {
	lo, hi := t.span(c)
	kernel.Moments(operand[T](t, 0, lo, hi), operand[T](t, 1, lo, hi), operand[T](t, 2, lo, hi), operand[T](t, 3, lo, hi),
		operand[T](t, 4, lo, (t.rows-1)*t.cols+hi), t.cols, t.rows, hi-lo, t.a, t.b, operand[float64](t, 5, lo, hi))
}

func (b *backend) BatchNormBackward(dx, dgamma, dbeta, dy, x, mean, inv, gamma compute.Tensor) {
	dt := mustFloats("BatchNormBackward", dx, dgamma, dbeta, dy, x, mean, inv, gamma)
	must(x.Rank() == 2 && x.Rows() > 0 && dy.SameShape(x) && dx.SameShape(x) && channels(x.Cols(), false, dgamma, dbeta, mean, inv, gamma),
		"BatchNormBackward", "three matrices of one shape and vectors of their columns", dx, dgamma, dbeta, dy, x, mean, inv, gamma)
	t := &b.task
	n := x.Cols()
	t.in[0], t.in[1], t.in[2] = pointer(dx), pointer(dy), pointer(x)
	t.in[3] = b.scratch(5 * n) // two sums in float64 and three coefficients for each column
	t.in[4] = unsafe.Add(t.in[3], 2*n*8)
	t.norm = [5]unsafe.Pointer{pointer(dgamma), pointer(dbeta), pointer(mean), pointer(inv), pointer(gamma)}
	t.run = by(dt, batchNormChunk[float32], batchNormChunk[float64])
	b.pool.run(t, t.byChannels(x.Rows(), n))
}

func batchNormChunk[T float](t *task, c int) {
	lo, hi := t.span(c)
	end := (t.rows-1)*t.cols + hi
	var v [5][]T
	for i, p := range t.norm {
		v[i] = unsafe.Slice((*T)(p), hi)[lo:]
	}
	kernel.BatchNormBackward(operand[T](t, 0, lo, end), v[0], v[1], operand[T](t, 1, lo, end), operand[T](t, 2, lo, end), v[2], v[3], v[4],
		t.cols, t.rows, hi-lo, operand[float64](t, 3, 2*lo, 2*hi), operand[T](t, 4, 3*lo, 3*hi))
}
