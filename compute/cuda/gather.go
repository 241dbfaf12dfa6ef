//go:build cgo && linux

package cuda

import "noise2sparse/compute"

// gathers are the kernels by the types of destination and source.
var gathers = map[[2]compute.DType]string{
	{compute.Float32, compute.Float16}: "gather_f16_f32", {compute.Float64, compute.Float16}: "gather_f16_f64",
	{compute.Float32, compute.BFloat16}: "gather_bf16_f32", {compute.Float64, compute.BFloat16}: "gather_bf16_f64",
	{compute.Float32, compute.Float32}: "gather_f32_f32", {compute.Float64, compute.Float32}: "gather_f32_f64",
	{compute.Float32, compute.Float64}: "gather_f64_f32", {compute.Float64, compute.Float64}: "gather_f64_f64",
	{compute.Float32, compute.Uint8}: "gather_u8_f32", {compute.Float64, compute.Uint8}: "gather_u8_f64",
	{compute.Int32, compute.Int32}: "gather_i32_i32",
}

func (b *backend) Gather(dst, src, index compute.Tensor) {
	must(index.Len() == dst.Rows() && dst.Cols() == src.Cols(), "Gather", "an index for each row, and rows of one length", dst, src, index)
	must(index.DType() == compute.Int32 || index.DType() == compute.Int64, "Gather", "an index of int32 or int64", dst, src, index)
	name, ok := gathers[[2]compute.DType{dst.DType(), src.DType()}]
	must(ok, "Gather", "rows of a floating-point type or uint8 for float32 or float64, int32 rows for int32", dst, src, index)
	if dst.Len() == 0 {
		return
	}
	grid, block := b.plane(dst.Rows(), dst.Cols())
	b.kernel(name).tensor(dst).tensor(src).tensor(index).i32(index.DType().Size()).
		i64(int64(dst.Rows())).i64(int64(dst.Cols())).i64(int64(src.Rows())).faults().run(grid, block, 0)
}
