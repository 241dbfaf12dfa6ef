package cpu

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/compute/cpu/simd"
)

// reduceElems is the number of elements that one partial result of a reduction over all elements
// covers: whole blocks of the kernels' order of summation.
const reduceElems = 8 * kernel.Block

// stripCols is the width of the column strips into which operations with a result for each column
// are cut. A strip adds to its own columns alone, so no partial results are needed, and cutting
// there changes no bit. 128 float32 are eight cache lines of each row.
const stripCols = 128

// byStrips cuts rows × cols into strips of whole columns.
func (t *task) byStrips(rows, cols int) int {
	t.size, t.total, t.rows, t.cols = stripCols, cols, rows, cols
	return (cols + t.size - 1) / t.size
}

func (b *backend) Reduce(op compute.ReduceOp, dst, x compute.Tensor, axis compute.Axis, accumulate bool) {
	dt := mustFloats("Reduce", x)
	must(op <= compute.Largest, "Reduce", "a known operation", dst, x)
	must(dst.DType() == dt || dst.DType() == compute.Float64, "Reduce", "a result of the operand's type or float64", dst, x)
	t := &b.task
	t.op = uint8(op)
	t.in[1] = pointer(x)
	switch axis {
	case compute.Columns:
		must(dst.Len() == x.Cols(), "Reduce", "one result for each column", dst, x)
		if !accumulate {
			b.Fill(dst, nothing(op))
		}
		t.in[0] = pointer(dst)
		t.run = by(dt, columnsFloat32(dst.DType()), columnsChunk[float64, float64])
		b.pool.run(t, t.byStrips(x.Rows(), x.Cols()))
	case compute.Rows:
		must(dst.Len() == x.Rows(), "Reduce", "one result for each row", dst, x)
		if !accumulate {
			b.Fill(dst, nothing(op))
		}
		t.in[0], t.dtype = pointer(dst), dst.DType()
		t.run = by(dt, rowsChunk32, rowsChunk64)
		b.pool.run(t, t.byRows(x.Rows(), x.Cols()))
	default:
		must(dst.Len() == 1, "Reduce", "one result", dst, x)
		t.run = by(dt, reduceChunk32, reduceChunk64)
		chunks := b.partialChunks(t, x.Len())
		b.pool.run(t, chunks)
		if op == compute.Largest {
			largestScalar(dst, b.partials[:chunks], accumulate)
			return
		}
		addScalar(dst, b.sumPartials(0, chunks), accumulate)
	}
}

// nothing is what a reduction of no elements gives.
func nothing(op compute.ReduceOp) float64 {
	if op == compute.Largest {
		return math.Inf(-1)
	}
	return 0
}

// partialChunks cuts n elements for a sum with one partial result a chunk.
func (b *backend) partialChunks(t *task, n int) int {
	t.size, t.total = reduceElems, n
	for (n+t.size-1)/t.size > maxPartials {
		t.size *= 2
	}
	t.partials = &b.partials
	return (n + t.size - 1) / t.size
}

// sumPartials adds up the partial results of column i, in the order of the chunks.
func (b *backend) sumPartials(i, chunks int) float64 {
	var s float64
	for c := range chunks {
		s += b.partials[c][i]
	}
	return s
}

func addScalar(dst compute.Tensor, v float64, accumulate bool) {
	if dst.DType() == compute.Float64 {
		d := elems[float64](dst)
		if accumulate {
			v += d[0]
		}
		d[0] = v
		return
	}
	d := elems[float32](dst)
	if accumulate {
		v += float64(d[0])
	}
	d[0] = float32(v)
}

// largestScalar sets dst to the largest of the chunks' results, and of dst before.
func largestScalar(dst compute.Tensor, partials [][2]float64, accumulate bool) {
	m := math.Inf(-1)
	if accumulate {
		m = scalarOf(dst)
	}
	for i := range partials {
		m = max(m, partials[i][0])
	}
	if dst.DType() == compute.Float64 {
		elems[float64](dst)[0] = m
		return
	}
	elems[float32](dst)[0] = float32(m)
}

func reduceChunk32(t *task, c int) {
	lo, hi := t.span(c)
	t.partials[c][0] = reduce32(compute.ReduceOp(t.op), operand[float32](t, 1, lo, hi))
}

func reduceChunk64(t *task, c int) {
	lo, hi := t.span(c)
	t.partials[c][0] = reduce64(compute.ReduceOp(t.op), operand[float64](t, 1, lo, hi))
}

// reduce32 reduces a range to one number, in the kernels' order of summation.
func reduce32(op compute.ReduceOp, x []float32) float64 {
	switch op {
	case compute.Sum:
		return simd.Sum(x)
	case compute.SumSquares:
		return simd.SumSquares(x)
	case compute.SumAbs:
		return simd.SumAbs(x)
	case compute.CountPositive:
		return float64(simd.CountPositive(x))
	case compute.CountNegative:
		return float64(simd.CountNegative(x))
	}
	return float64(kernel.Max(x)) // compute.Largest
}

func reduce64(op compute.ReduceOp, x []float64) float64 {
	switch op {
	case compute.Sum:
		return kernel.Sum(x)
	case compute.SumSquares:
		return kernel.SumSquares(x)
	case compute.SumAbs:
		return kernel.SumAbs(x)
	case compute.CountPositive:
		return float64(kernel.CountPositive(x))
	case compute.CountNegative:
		return float64(kernel.CountNegative(x))
	}
	return kernel.Max(x) // compute.Largest
}

func rowsChunk32(t *task, c int) {
	op := compute.ReduceOp(t.op)
	for r, hi := t.span(c); r < hi; r++ {
		v := reduce32(op, operand[float32](t, 1, r*t.cols, (r+1)*t.cols))
		if t.dtype == compute.Float64 {
			d := operand[float64](t, 0, r, r+1)
			d[0] = combine(op, d[0], v)
		} else {
			d := operand[float32](t, 0, r, r+1)
			d[0] = float32(combine(op, float64(d[0]), v))
		}
	}
}

func rowsChunk64(t *task, c int) {
	op := compute.ReduceOp(t.op)
	for r, hi := t.span(c); r < hi; r++ {
		d := operand[float64](t, 0, r, r+1)
		d[0] = combine(op, d[0], reduce64(op, operand[float64](t, 1, r*t.cols, (r+1)*t.cols)))
	}
}

// combine joins two results of one reduction.
func combine(op compute.ReduceOp, a, b float64) float64 {
	if op == compute.Largest {
		return max(a, b)
	}
	return a + b
}

func columnsFloat32(dst compute.DType) func(*task, int) {
	if dst == compute.Float64 {
		return columnsChunk32To64
	}
	return columnsChunk32
}

func columnsChunk32(t *task, c int) {
	if compute.ReduceOp(t.op) != compute.Sum || t.rows == 0 {
		columnsChunk[float32, float32](t, c)
		return
	}
	lo, hi := t.span(c)
	simd.ColSums(operand[float32](t, 0, lo, hi), operand[float32](t, 1, lo, (t.rows-1)*t.cols+hi), t.cols, t.rows, hi-lo)
}

func columnsChunk32To64(t *task, c int) {
	if compute.ReduceOp(t.op) != compute.Sum || t.rows == 0 {
		columnsChunk[float64, float32](t, c)
		return
	}
	lo, hi := t.span(c)
	simd.ColSums64(operand[float64](t, 0, lo, hi), operand[float32](t, 1, lo, (t.rows-1)*t.cols+hi), t.cols, t.rows, hi-lo)
}

// columnsChunk adds to each column of a strip, row by row in the blocks of kernel.ColSums.
func columnsChunk[A, T float](t *task, c int) {
	if t.rows == 0 {
		return
	}
	lo, hi := t.span(c)
	dst, x := operand[A](t, 0, lo, hi), operand[T](t, 1, lo, (t.rows-1)*t.cols+hi)
	op := compute.ReduceOp(t.op)
	if op == compute.Sum {
		kernel.ColSums(dst, x, t.cols, t.rows, hi-lo)
		return
	}
	if op == compute.Largest {
		for r := range t.rows {
			for j, v := range x[r*t.cols:][:hi-lo] {
				dst[j] = max(dst[j], A(v))
			}
		}
		return
	}
	for r := 0; r < t.rows; r += kernel.RowBlock {
		block := min(kernel.RowBlock, t.rows-r)
		for j := range dst {
			var s T
			for i := range block {
				s += reduceTerm(op, x[(r+i)*t.cols+j])
			}
			dst[j] += A(s)
		}
	}
}

// reduceTerm is what one element contributes to a sum.
func reduceTerm[T float](op compute.ReduceOp, v T) T {
	switch op {
	case compute.SumSquares:
		return v * v
	case compute.SumAbs:
		return max(v, -v)
	case compute.CountPositive:
		return oneIf[T](v > 0)
	case compute.CountNegative:
		return oneIf[T](v < 0)
	}
	panic("cpu: Reduce: unknown operation")
}
