//go:build cgo && linux

package cuda

import "noise2sparse/compute"

func (b *backend) Unary(op compute.UnaryOp, y, x compute.Tensor) {
	dt := mustFloats("Unary", y, x)
	must(op <= compute.SoftplusSlope, "Unary", "a known operation", y, x)
	must(y.Len() == x.Len(), "Unary", "as many results as operands", y, x)
	b.kernel(by(dt, "unary_f32", "unary_f64")).tensor(y).tensor(x).i64(int64(x.Len())).i32(int(op)).packs(x.Len())
}

// How Binary's second operand is repeated; the order of kernels/binary.cu.
const (
	sameShape = iota
	scalar
	row
	column
)

func (b *backend) Binary(op compute.BinaryOp, z, x, y compute.Tensor) {
	dt := mustFloats("Binary", z, x, y)
	must(op <= compute.MaskByAbove, "Binary", "a known operation", z, x, y)
	must(z.SameShape(x), "Binary", "a result of the first operand's shape", z, x, y)
	rows, cols, how := 1, x.Len(), sameShape
	switch {
	case x.SameShape(y):
	case y.Len() == 1:
		how = scalar
	case y.Rank() == 1 && y.Len() == x.Cols():
		rows, cols, how = x.Rows(), x.Cols(), row
	case y.Rank() == 2 && y.Rows() == x.Rows() && y.Cols() == 1:
		rows, cols, how = x.Rows(), x.Cols(), column
	default:
		must(false, "Binary", "a second operand of the first one's shape, [1], a row or a column", z, x, y)
	}
	if x.Len() == 0 {
		return
	}
	grid, block := b.plane(rows, cols)
	b.kernel(by(dt, "binary_f32", "binary_f64")).tensor(z).tensor(x).tensor(y).
		i64(int64(rows)).i64(int64(cols)).i32(how).i32(int(op)).run(grid, block, 0)
}

func (b *backend) Axpby(alpha float64, x compute.Tensor, beta float64, y compute.Tensor) {
	dt := mustFloats("Axpby", x, y)
	must(y.Len() == x.Len(), "Axpby", "two tensors of one length", x, y)
	b.kernel(by(dt, "axpby_f32", "axpby_f64")).tensor(y).tensor(x).i64(int64(x.Len())).
		float(dt, alpha).float(dt, beta).packs(x.Len())
}

func (b *backend) Advance(counter compute.Tensor, by int64) {
	must(counter.DType() == compute.Int64, "Advance", "an int64 counter", counter)
	b.kernel("advance").tensor(counter).i64(int64(counter.Len())).i64(by).elements(counter.Len())
}

func (b *backend) NoteNonFinite(first, x, step compute.Tensor) {
	must(first.DType() == compute.Int64 && step.DType() == compute.Int64 && first.Len() == 1 && step.Len() == 1,
		"NoteNonFinite", "int64 scalars for the first step and the step", first, x, step)
	dt := mustFloats("NoteNonFinite", x)
	b.kernel(by(dt, "note_non_finite_f32", "note_non_finite_f64")).tensor(first).tensor(x).i64(int64(x.Len())).tensor(step).elements(x.Len())
}
