package cpu

import (
	"math"
	"unsafe"

	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/compute/cpu/simd"
)

// Sums over columns of many rows are cut by rows, since a strip of few columns would use one cache line
// of each memory page: each chunk has sums of its own, which are added in the order of the chunks.

// normChunks is the largest number of chunks, and normRows the smallest number of rows, of a sum for
// batch normalisation.
const (
	normChunks = 64
	normRows   = 128
)

// channels tells whether each of ts is [n], or missing where that is allowed.
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

// byNormRows cuts rows × cols for sums of columns, and makes room for kinds of them in each chunk,
// zeroed, as operand 5.
func (b *backend) byNormRows(rows, cols, kinds int) int {
	t := &b.task
	t.size = max(normRows, kernel.RowBlock*((rows+kernel.RowBlock*normChunks-1)/(kernel.RowBlock*normChunks)))
	t.total, t.rows, t.cols = rows, rows, cols
	chunks := (rows + t.size - 1) / t.size
	n := chunks * kinds * cols
	t.in[5] = b.scratch(n)
	clear(b.columns[:n])
	return chunks
}

// addUp adds the sums of all chunks to those of the first one, and returns these: kinds · cols.
func (b *backend) addUp(chunks, n int) []float64 {
	first := b.columns[:n]
	for c := 1; c < chunks; c++ {
		for j, v := range b.columns[c*n : (c+1)*n] {
			first[j] += v
		}
	}
	return first
}

func (b *backend) ChannelMoments(mean, inv, runningMean, runningVar, x compute.Tensor, momentum, eps float64) {
	dt := mustFloats("ChannelMoments", mean, inv, runningMean, runningVar, x)
	must(x.Rank() == 2 && x.Rows() > 0 && channels(x.Cols(), false, mean, inv) && channels(x.Cols(), true, runningMean, runningVar) &&
		runningMean.Valid() == runningVar.Valid(), "ChannelMoments", "a matrix and vectors of its columns", mean, inv, runningMean, runningVar, x)
	t := &b.task
	rows, cols := x.Rows(), x.Cols()
	t.in[0], t.in[1] = pointer(x), pointer(mean)
	chunks := b.byNormRows(rows, cols, 1)
	t.run = by(dt, sumsChunk32, sumsChunk64)
	b.pool.run(t, chunks)
	setEach(mean, b.addUp(chunks, cols), func(_, s float64) float64 { return s / float64(rows) })
	clear(b.columns[:chunks*cols])
	t.run = by(dt, squaresChunk32, squaresChunk64)
	b.pool.run(t, chunks)
	squares := b.addUp(chunks, cols)
	setEach(inv, squares, func(_, s float64) float64 { return 1 / math.Sqrt(s/float64(rows)+eps) })
	if !runningMean.Valid() {
		return
	}
	b.Axpby(momentum, mean, 1-momentum, runningMean)
	setEach(runningVar, squares, func(old, s float64) float64 {
		return (1-momentum)*old + momentum*s/float64(max(rows-1, 1))
	})
}

// setEach sets each element of the vector dst to f of its old value and of that of s.
func setEach(dst compute.Tensor, s []float64, f func(old, s float64) float64) {
	if dst.DType() == compute.Float32 {
		for j, d := 0, elems[float32](dst); j < len(d); j++ {
			d[j] = float32(f(float64(d[j]), s[j]))
		}
		return
	}
	for j, d := 0, elems[float64](dst); j < len(d); j++ {
		d[j] = f(d[j], s[j])
	}
}

func sumsChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.ColSums64(operand[float64](t, 5, c*t.cols, (c+1)*t.cols), operand[float32](t, 0, lo*t.cols, hi*t.cols), t.cols, hi-lo, t.cols)
}

func sumsChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.ColSums(operand[float64](t, 5, c*t.cols, (c+1)*t.cols), operand[float64](t, 0, lo*t.cols, hi*t.cols), t.cols, hi-lo, t.cols)
}

func squaresChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.ColSquares(operand[float64](t, 5, c*t.cols, (c+1)*t.cols), operand[float32](t, 0, lo*t.cols, hi*t.cols), operand[float32](t, 1, 0, t.cols), hi-lo)
}

func squaresChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.ColSquares(operand[float64](t, 5, c*t.cols, (c+1)*t.cols), operand[float64](t, 0, lo*t.cols, hi*t.cols), operand[float64](t, 1, 0, t.cols), hi-lo)
}

func (b *backend) BatchNormBackward(dx, dgamma, dbeta, dy, x, mean, inv, gamma compute.Tensor) {
	dt := mustFloats("BatchNormBackward", dx, dgamma, dbeta, dy, x, mean, inv, gamma)
	must(x.Rank() == 2 && x.Rows() > 0 && dy.SameShape(x) && dx.SameShape(x) && channels(x.Cols(), false, dgamma, dbeta, mean, inv, gamma),
		"BatchNormBackward", "three matrices of one shape and vectors of their columns", dx, dgamma, dbeta, dy, x, mean, inv, gamma)
	t := &b.task
	t.in[0], t.in[1], t.in[2], t.in[3] = pointer(dx), pointer(dy), pointer(x), pointer(mean)
	cols := x.Cols()
	chunks := b.byNormRows(x.Rows(), cols, 2)
	t.run = by(dt, productsChunk32, productsChunk64)
	b.pool.run(t, chunks)
	sums := b.addUp(chunks, 2*cols)
	if dt == compute.Float32 {
		normGradient[float32](b, sums, dgamma, dbeta, inv, gamma)
	} else {
		normGradient[float64](b, sums, dgamma, dbeta, inv, gamma)
	}
	t.run = by(dt, normGradientChunk32, normGradientChunk64)
	b.pool.run(t, t.byRows(x.Rows(), cols))
}

// productsChunk32 adds up dy and dy · (x − mean).
func productsChunk32(t *task, c int) {
	lo, hi := t.span(c)
	sums, dy := operand[float64](t, 5, 2*c*t.cols, 2*(c+1)*t.cols), operand[float32](t, 1, lo*t.cols, hi*t.cols)
	simd.ColSums64(sums[:t.cols], dy, t.cols, hi-lo, t.cols)
	simd.ColProducts(sums[t.cols:], dy, operand[float32](t, 2, lo*t.cols, hi*t.cols), operand[float32](t, 3, 0, t.cols), hi-lo)
}

func productsChunk64(t *task, c int) {
	lo, hi := t.span(c)
	sums, dy := operand[float64](t, 5, 2*c*t.cols, 2*(c+1)*t.cols), operand[float64](t, 1, lo*t.cols, hi*t.cols)
	kernel.ColSums(sums[:t.cols], dy, t.cols, hi-lo, t.cols)
	kernel.ColProducts(sums[t.cols:], dy, operand[float64](t, 2, lo*t.cols, hi*t.cols), operand[float64](t, 3, 0, t.cols), hi-lo)
}

// normGradient sets the gradients of gamma and beta, and puts the coefficients of kernel.NormGradient
// into operand 4: three for each column, in the place of the sums, which they are made of.
func normGradient[T float](b *backend, sums []float64, dgamma, dbeta, inv, gamma compute.Tensor) {
	t := &b.task
	n, rows := t.cols, float64(t.rows)
	dg, db, v, g := elems[T](dgamma), elems[T](dbeta), elems[T](inv), elems[T](gamma)
	if len(b.gradient) < 3*n {
		b.gradient = make([]float64, 3*n)
	}
	t.in[4] = unsafe.Pointer(unsafe.SliceData(b.gradient))
	to := operand[T](t, 4, 0, 3*n)
	for j := range n {
		total, dot, spread := sums[j], sums[n+j], float64(v[j])
		dg[j], db[j] = T(dot*spread), T(total)
		to[j], to[n+j], to[2*n+j] = T(float64(g[j])*spread), T(total/rows), T(dot*spread*spread/rows)
	}
}

func normGradientChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.NormGradient(operand[float32](t, 0, lo*t.cols, hi*t.cols), operand[float32](t, 1, lo*t.cols, hi*t.cols), operand[float32](t, 2, lo*t.cols, hi*t.cols),
		operand[float32](t, 3, 0, t.cols), operand[float32](t, 4, 0, 3*t.cols), hi-lo)
}

func normGradientChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.NormGradient(operand[float64](t, 0, lo*t.cols, hi*t.cols), operand[float64](t, 1, lo*t.cols, hi*t.cols), operand[float64](t, 2, lo*t.cols, hi*t.cols),
		operand[float64](t, 3, 0, t.cols), operand[float64](t, 4, 0, 3*t.cols), hi-lo)
}
