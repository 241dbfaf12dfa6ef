//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// batchKernels are the kernels by the type of the samples. They compute in float32: float64, which is for
// checks, is composed.
var batchKernels = map[compute.DType]string{
	compute.Float16: "take_batch_f16", compute.BFloat16: "take_batch_bf16", compute.Float32: "take_batch_f32", compute.Uint8: "take_batch_u8",
}

// batchThreads is the size of a block: small, so that a batch of 512 samples of 256 numbers has two blocks
// for nearly every multiprocessor of a large GPU.
const batchThreads = 128

// TakeBatch implements compute.BatchFuser.
func (b *backend) TakeBatch(t compute.Batch) {
	name, ok := batchKernels[t.Samples.DType()]
	if !ok || b.float != compute.Float32 || t.Clean.Len() == 0 {
		compute.TakeBatchComposed(b, t)
		return
	}
	mustBatch(t)
	rows, cols, n := t.Clean.Rows(), t.Clean.Cols(), t.Samples.Rows()
	if t.Noisy.Valid() {
		b.poissonTable(t.Noise)
	}
	l := b.kernel(name).tensor(t.Row).tensor(t.Table).i64(int64(t.Table.Rows())).i64(int64(t.Table.Cols())).tensor(t.Number).
		tensor(t.Index).i64(int64(rows)).i64(int64(t.Stride)).u64(t.Seed).tensor(t.Epoch).u32(halfBits(n)).
		tensor(t.Clean).tensor(t.Samples).i64(int64(n)).i64(int64(cols)).tensor(t.Normal).tensor(t.Mean).tensor(t.Std)
	l.tensor(t.Noisy).i32(int(t.Noise.Kind)).tensor(t.Noise.Amount).ptr(b.ops.poisson).u64(t.Noise.Seed).u32(uint32(t.Noise.Purpose)).
		tensor(t.Step).faults()
	x := min(powerOfTwo(ceilDiv(cols, 4)), batchThreads)
	y := min(powerOfTwo(rows), batchThreads/x)
	l.run(gpu.Dim{X: ceilDiv(cols, 4*x), Y: min(ceilDiv(rows, y), maxGridY)}, gpu.Dim{X: x, Y: y}, 0)
}

func mustBatch(t compute.Batch) {
	const op = "TakeBatch"
	number := func(x compute.Tensor) bool { return x.DType() == compute.Int64 && x.Len() == 1 }
	mustFloats(op, t.Row, t.Table, t.Clean, t.Normal, t.Mean, t.Std, t.Noisy)
	must(t.Row.Len() == t.Table.Cols() && number(t.Number), op, "a row of the table, and an int64 number", t.Row, t.Table, t.Number)
	must(t.Index.DType() == compute.Int32 && number(t.Epoch), op, "an int32 index and an int64 epoch", t.Index, t.Epoch)
	must(t.Index.Len() == t.Clean.Rows() && t.Clean.Cols() == t.Samples.Cols(), op, "an index for each row, and rows of one length", t.Clean, t.Samples, t.Index)
	must(!t.Normal.Valid() || t.Normal.SameShape(t.Clean) && t.Mean.Len() == t.Clean.Cols() && t.Std.Len() == t.Clean.Cols(),
		op, "a mean and a deviation for each column", t.Normal, t.Clean, t.Mean, t.Std)
	must(!t.Noisy.Valid() || t.Noisy.Len() == t.Clean.Len() && number(t.Step) && t.Noise.Amount.Len() == 1,
		op, "as many noisy numbers, an int64 step and one amount", t.Noisy, t.Clean, t.Step, t.Noise.Amount)
}
