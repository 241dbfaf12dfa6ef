package cpu

import (
	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/compute/cpu/simd"
	"noise2sparse/internal/dtype"
)

func (b *backend) Gather(dst, src, index compute.Tensor) {
	must(index.Len() == dst.Rows() && dst.Cols() == src.Cols(), "Gather", "an index for each row, and rows of one length", dst, src, index)
	rows := b.rowIndex(index)
	if i := kernel.CheckIndex(rows, src.Rows()); i >= 0 {
		b.fail("Gather: index %d is %d, but there are %d rows in %v", i, rows[i], src.Rows(), src)
		return
	}
	t := &b.task
	t.rowIndex = rows
	t.dtype = src.DType()
	t.in[0], t.in[1] = pointer(dst), pointer(src)
	t.srcLen = src.Len()
	switch dst.DType() {
	case dtype.Float32, dtype.Float64:
		must(gatherable(src.DType()), "Gather", "rows of a floating-point type or uint8", dst, src, index)
		t.run = by(dst.DType(), gatherChunk32, gatherChunk64)
	case dtype.Int32:
		must(src.DType() == dtype.Int32, "Gather", "int32 rows for an int32 result", dst, src, index)
		t.run = gatherLabels
	default:
		must(false, "Gather", "a result of float32, float64 or int32", dst, src, index)
	}
	b.pool.run(t, t.byRows(dst.Rows(), dst.Cols()))
}

// gatherable tells whether rows of that type can be widened.
func gatherable(d compute.DType) bool { return d.IsFloat() || d == dtype.Uint8 }

// rowIndex returns the index as int32; an int64 one is copied.
func (b *backend) rowIndex(index compute.Tensor) []int32 {
	if index.DType() == dtype.Int32 {
		return elems[int32](index)
	}
	must(index.DType() == dtype.Int64, "Gather", "an index of int32 or int64", index)
	b.indexCopy = b.indexCopy[:0]
	for _, i := range elems[int64](index) {
		if int64(int32(i)) != i {
			i = -1 // out of any range
		}
		b.indexCopy = append(b.indexCopy, int32(i))
	}
	return b.indexCopy
}

func gatherChunk32(t *task, c int) {
	lo, hi := t.span(c)
	dst, index := operand[float32](t, 0, lo*t.cols, hi*t.cols), t.rowIndex[lo:hi]
	switch t.dtype {
	case dtype.Float32:
		simd.Gather(dst, operand[float32](t, 1, 0, t.srcLen), index, t.cols)
	case dtype.Float64:
		kernel.Gather(dst, operand[float64](t, 1, 0, t.srcLen), index, t.cols)
	case dtype.Float16:
		simd.GatherFloat16(dst, operand[uint16](t, 1, 0, t.srcLen), index, t.cols)
	case dtype.BFloat16:
		simd.GatherBFloat16(dst, operand[uint16](t, 1, 0, t.srcLen), index, t.cols)
	case dtype.Uint8:
		simd.GatherUint8(dst, operand[uint8](t, 1, 0, t.srcLen), index, t.cols)
	}
}

func gatherChunk64(t *task, c int) {
	lo, hi := t.span(c)
	dst, index := operand[float64](t, 0, lo*t.cols, hi*t.cols), t.rowIndex[lo:hi]
	switch t.dtype {
	case dtype.Float32:
		kernel.Gather(dst, operand[float32](t, 1, 0, t.srcLen), index, t.cols)
	case dtype.Float64:
		kernel.Gather(dst, operand[float64](t, 1, 0, t.srcLen), index, t.cols)
	case dtype.Float16:
		kernel.GatherFloat16(dst, operand[uint16](t, 1, 0, t.srcLen), index, t.cols)
	case dtype.BFloat16:
		kernel.GatherBFloat16(dst, operand[uint16](t, 1, 0, t.srcLen), index, t.cols)
	case dtype.Uint8:
		kernel.GatherUint8(dst, operand[uint8](t, 1, 0, t.srcLen), index, t.cols)
	}
}

func gatherLabels(t *task, c int) {
	lo, hi := t.span(c)
	dst, src := operand[int32](t, 0, lo*t.cols, hi*t.cols), operand[int32](t, 1, 0, t.srcLen)
	for i, r := range t.rowIndex[lo:hi] {
		copy(dst[i*t.cols:(i+1)*t.cols], src[int(r)*t.cols:])
	}
}
