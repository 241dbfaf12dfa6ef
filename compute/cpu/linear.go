package cpu

import (
	"unsafe"

	"noise2sparse/compute"
	"noise2sparse/compute/cpu/blas"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/compute/cpu/simd"
)

// A layer's product and what follows it are done tile by tile: a tile of the product is still in
// the core's cache when it is finished. Where several tiles lie one below the other, each adds up
// its columns for itself, and the sums are added in the order of the tiles.

// LinearReLU implements compute.LinearReLUFuser.
func (b *backend) LinearReLU(y, x, w, bias, fired, total, _ compute.Tensor) {
	dt := mustFloats("LinearReLU", y, x, w, bias)
	must((!bias.Valid() || bias.Len() == y.Cols()) && counts(fired, y) && counts(total, y),
		"LinearReLU", "a bias and float64 counts for each column", y, bias, fired, total)
	b.product("LinearReLU", y, x, w, false, true, 1, 0)
	t := &b.task
	t.in[3] = pointer(bias)
	sums := b.columnSums(t, 2, y.Cols(), 8)
	t.in[4], t.in[5] = nil, nil
	if fired.Valid() {
		t.in[4] = sums
	}
	if total.Valid() {
		t.in[5] = unsafe.Add(sums, 8*t.mm.down*t.cols)
	}
	t.run = by(dt, linearReLUTile32, linearReLUTile64)
	b.pool.run(t, t.mm.tiles.Len())
	addColumns[float64](t, 4, fired)
	addColumns[float64](t, 5, total)
}

func linearReLUTile32(t *task, i int) {
	matmulTile32(t, i)
	q, c, _, _ := t.mm.corners(i)
	lo, hi := t.columns(q)
	simd.BiasReLU(operand[float32](t, 0, c, t.mm.lenC), t.mm.ldc, operand[float32](t, 3, q.Col, q.Col+q.Cols), q.Rows, q.Cols,
		operand[float64](t, 4, lo, hi), operand[float64](t, 5, lo, hi))
}

func linearReLUTile64(t *task, i int) {
	matmulTile64(t, i)
	q, c, _, _ := t.mm.corners(i)
	lo, hi := t.columns(q)
	kernel.BiasReLU(operand[float64](t, 0, c, t.mm.lenC), t.mm.ldc, operand[float64](t, 3, q.Col, q.Col+q.Cols), q.Rows, q.Cols,
		operand[float64](t, 4, lo, hi), operand[float64](t, 5, lo, hi))
}

// LinearReLUBackward implements compute.LinearReLUBackwardFuser.
func (b *backend) LinearReLUBackward(dpre, dbias, dy, v, post, _ compute.Tensor) {
	dt := mustFloats("LinearReLUBackward", dpre, dbias, dy, v, post)
	must(dpre.SameShape(post) && (!dbias.Valid() || dbias.Len() == dpre.Cols()),
		"LinearReLUBackward", "activations of the result's shape and a sum for each column", dpre, dbias, post)
	b.product("LinearReLUBackward", dpre, dy, v, false, false, 1, 0)
	t := &b.task
	t.in[3], t.in[4] = pointer(post), nil
	if dbias.Valid() {
		t.in[4] = b.columnSums(t, 1, dpre.Cols(), dt.Size())
		b.Fill(dbias, 0)
	}
	t.run = by(dt, linearReLUBackwardTile32, linearReLUBackwardTile64)
	b.pool.run(t, t.mm.tiles.Len())
	if dt == compute.Float32 {
		addColumns[float32](t, 4, dbias)
	} else {
		addColumns[float64](t, 4, dbias)
	}
}

func linearReLUBackwardTile32(t *task, i int) {
	matmulTile32(t, i)
	q, c, _, _ := t.mm.corners(i)
	lo, hi := t.columns(q)
	d := operand[float32](t, 0, c, t.mm.lenC)
	simd.ReLUBackward(d, d, operand[float32](t, 3, c, t.mm.lenC), t.mm.ldc, operand[float32](t, 4, lo, hi), q.Rows, q.Cols)
}

func linearReLUBackwardTile64(t *task, i int) {
	matmulTile64(t, i)
	q, c, _, _ := t.mm.corners(i)
	lo, hi := t.columns(q)
	d := operand[float64](t, 0, c, t.mm.lenC)
	kernel.ReLUBackward(d, d, operand[float64](t, 3, c, t.mm.lenC), t.mm.ldc, operand[float64](t, 4, lo, hi), q.Rows, q.Cols)
}

// columnSums returns zeroed room for kinds sums of each column in each row of tiles, elements of
// the given size. The room is allocated at the first pass of the largest layer, and stays.
func (b *backend) columnSums(t *task, kinds, cols, size int) unsafe.Pointer {
	t.cols = cols
	need := (kinds*t.mm.down*cols*size + 7) / 8
	if len(b.columns) < need {
		b.columns = make([]float64, need)
	}
	clear(b.columns[:need])
	return unsafe.Pointer(unsafe.SliceData(b.columns))
}

// columns returns where the sums of a tile's columns lie.
func (t *task) columns(q blas.Tile) (lo, hi int) {
	lo = t.mm.tiles.RowOf(q)*t.cols + q.Col
	return lo, lo + q.Cols
}

// addColumns adds operand i, the sums of each row of tiles, to dst, in the order of the tiles.
func addColumns[T float](t *task, i int, dst compute.Tensor) {
	if !dst.Valid() {
		return
	}
	d := elems[T](dst)
	for r := range t.mm.down {
		for j, v := range operand[T](t, i, r*t.cols, (r+1)*t.cols) {
			d[j] += v
		}
	}
}
