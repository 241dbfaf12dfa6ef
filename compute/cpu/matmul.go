package cpu

import (
	"noise2sparse/compute"
	"noise2sparse/compute/cpu/blas"
)

// matmul are the operands' sizes of a product cut into tiles.
type matmul struct {
	tiles          blas.Tiling
	down           int // rows of tiles
	transA, transB bool
	k              int
	lda, ldb, ldc  int
	lenA, lenB     int
	lenC           int
}

func (b *backend) Matmul(c, a, bm compute.Tensor, transA, transB bool, alpha, beta float64) {
	b.product("Matmul", c, a, bm, transA, transB, alpha, beta)
	t := &b.task
	t.run = by(c.DType(), matmulTile32, matmulTile64)
	b.pool.run(t, t.mm.tiles.Len())
}

// product prepares the task of a product: operands 0, 1 and 2 are c, a and b.
func (b *backend) product(op string, c, a, bm compute.Tensor, transA, transB bool, alpha, beta float64) {
	mustFloats(op, c, a, bm)
	must(c.Rank() == 2 && a.Rank() == 2 && bm.Rank() == 2, op, "three matrices", c, a, bm)
	m, k := a.Rows(), a.Cols()
	if transA {
		m, k = k, m
	}
	kb, n := bm.Rows(), bm.Cols()
	if transB {
		kb, n = n, kb
	}
	must(k == kb && c.Rows() == m && c.Cols() == n, op, "(m × k) (k × n) = (m × n)", c, a, bm)
	t := &b.task
	t.mm = matmul{
		tiles: blas.Tiles(m, n, k), transA: transA, transB: transB, k: k,
		lda: a.Cols(), ldb: bm.Cols(), ldc: c.Cols(), lenA: a.Len(), lenB: bm.Len(), lenC: c.Len(),
	}
	t.mm.down = t.mm.tiles.Down()
	t.a, t.b = alpha, beta
	t.in[0], t.in[1], t.in[2] = pointer(c), pointer(a), pointer(bm)
}

// corners returns where tile i of c, a and b begins.
func (mm *matmul) corners(i int) (tile blas.Tile, c, a, b int) {
	tile = mm.tiles.At(i)
	c = tile.Row*mm.ldc + tile.Col
	a, b = tile.Row*mm.lda, tile.Col
	if mm.transA {
		a = tile.Row
	}
	if mm.transB {
		b = tile.Col * mm.ldb
	}
	return tile, c, a, b
}

func matmulTile32(t *task, i int) {
	mm := &t.mm
	tile, c, a, b := mm.corners(i)
	blas.Gemm32(mm.transA, mm.transB, tile.Rows, tile.Cols, mm.k, float32(t.a),
		operand[float32](t, 1, a, mm.lenA), mm.lda, operand[float32](t, 2, b, mm.lenB), mm.ldb,
		float32(t.b), operand[float32](t, 0, c, mm.lenC), mm.ldc)
}

func matmulTile64(t *task, i int) {
	mm := &t.mm
	tile, c, a, b := mm.corners(i)
	blas.Gemm64(mm.transA, mm.transB, tile.Rows, tile.Cols, mm.k, t.a,
		operand[float64](t, 1, a, mm.lenA), mm.lda, operand[float64](t, 2, b, mm.lenB), mm.ldb,
		t.b, operand[float64](t, 0, c, mm.lenC), mm.ldc)
}
