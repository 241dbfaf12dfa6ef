//go:build cgo && linux

package cuda

import "noise2sparse/compute"

func (b *backend) Reduce(op compute.ReduceOp, dst, x compute.Tensor, axis compute.Axis, accumulate bool) {
	dt := mustFloats("Reduce", x)
	must(op <= compute.Largest, "Reduce", "a known operation", dst, x)
	must(dst.DType() == dt || dst.DType() == compute.Float64, "Reduce", "a result of the operand's type or float64", dst, x)
	switch axis {
	case compute.Columns:
		must(dst.Len() == x.Cols(), "Reduce", "one result for each column", dst, x)
		b.reduceColumns(op, dst, x, accumulate)
	case compute.Rows:
		must(dst.Len() == x.Rows(), "Reduce", "one result for each row", dst, x)
		b.reduceRows(op, dst, x, accumulate)
	default:
		must(dst.Len() == 1, "Reduce", "one result", dst, x)
		b.reduceAll(op, dst, x, accumulate)
	}
}

func (b *backend) reduceAll(op compute.ReduceOp, dst, x compute.Tensor, accumulate bool) {
	grid, block := pieces(x.Len())
	b.kernel(by(x.DType(), "reduce_all_f32", "reduce_all_f64")).tensor(dst).flag(dst.DType() == compute.Float64).tensor(x).
		i64(int64(x.Len())).i32(int(op)).flag(accumulate).partials(grid.X).run(grid, block, 0)
}

func (b *backend) reduceRows(op compute.ReduceOp, dst, x compute.Tensor, accumulate bool) {
	if x.Rows() == 0 {
		return
	}
	grid, block := teams(x.Rows(), x.Cols())
	b.kernel(by(x.DType(), "reduce_rows_f32", "reduce_rows_f64")).tensor(dst).flag(dst.DType() == compute.Float64).tensor(x).
		i64(int64(x.Rows())).i64(int64(x.Cols())).i32(int(op)).flag(accumulate).run(grid, block, 0)
}

func (b *backend) reduceColumns(op compute.ReduceOp, dst, x compute.Tensor, accumulate bool) {
	if x.Cols() == 0 {
		return
	}
	grid, block, partials := strips(x.Rows(), x.Cols())
	b.kernel(by(x.DType(), "reduce_columns_f32", "reduce_columns_f64")).tensor(dst).flag(dst.DType() == compute.Float64).tensor(x).
		i64(int64(x.Rows())).i64(int64(x.Cols())).i32(int(op)).flag(accumulate).partials(partials).run(grid, block, 0)
}
