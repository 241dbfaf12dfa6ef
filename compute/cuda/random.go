//go:build cgo && linux

package cuda

import (
	"math/bits"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

func (b *backend) AddNoise(dst, src compute.Tensor, n compute.Noise, step compute.Tensor) {
	dt := mustFloats("AddNoise", dst, src, n.Amount)
	must(dst.Len() == src.Len(), "AddNoise", "two tensors of one length", dst, src)
	must(step.DType() == compute.Int64 && step.Len() == 1 && n.Amount.Len() == 1, "AddNoise", "an int64 step and one amount", step, n.Amount)
	b.poissonTable(n)
	b.kernel(by(dt, "add_noise_f32", "add_noise_f64")).tensor(dst).tensor(src).i64(int64(dst.Len())).i32(int(n.Kind)).
		tensor(n.Amount).ptr(b.ops.poisson).u64(n.Seed).u32(uint32(n.Purpose)).tensor(step).faults().packs(dst.Len())
}

// poissonTable prepares what drawing n takes: nothing, or poisson's table.
func (b *backend) poissonTable(n compute.Noise) {
	if n.Kind == compute.Poisson {
		b.kernel(by(n.Amount.DType(), "poisson_table_f32", "poisson_table_f64")).ptr(b.ops.poisson).tensor(n.Amount).faults().
			run(gpu.Dim{X: 1}, gpu.Dim{X: blockThreads}, 0)
	}
}

func (b *backend) Uniform(dst compute.Tensor, lo, hi float64, seed uint64, purpose compute.Purpose) {
	dt := mustFloats("Uniform", dst)
	b.kernel(by(dt, "uniform_f32", "uniform_f64")).tensor(dst).i64(int64(dst.Len())).
		float(dt, lo).float(dt, hi-lo).u64(seed).u32(uint32(purpose)).packs(dst.Len())
}

func (b *backend) KeepMask(dst compute.Tensor, drop float64, seed uint64, purpose compute.Purpose, step compute.Tensor) {
	dt := mustFloats("KeepMask", dst)
	must(step.DType() == compute.Int64 && step.Len() == 1 && drop >= 0 && drop < 1, "KeepMask", "an int64 step and a share in [0, 1)", dst, step)
	b.kernel(by(dt, "keep_mask_f32", "keep_mask_f64")).tensor(dst).i64(int64(dst.Len())).
		f64(drop).float(dt, 1/(1-drop)).u64(seed).u32(uint32(purpose)).tensor(step).packs(dst.Len())
}

// minHalf is the fewest bits of each half of the permutation's network, as in internal/philox.
const minHalf = 3

// halfBits is the bits of each half of the network for a permutation of n.
func halfBits(n int) uint32 { return uint32(max((bits.Len32(uint32(max(n, 1)-1))+1)/2, minHalf)) }

func (b *backend) Shuffle(index compute.Tensor, n int, seed uint64, epoch, batch compute.Tensor, stride int) {
	must(index.DType() == compute.Int32 && epoch.DType() == compute.Int64 && batch.DType() == compute.Int64 && epoch.Len() == 1 && batch.Len() == 1,
		"Shuffle", "an int32 index, int64 epoch and batch", index, epoch, batch)
	b.kernel("shuffle").tensor(index).i64(int64(index.Len())).i64(int64(n)).u64(seed).tensor(epoch).tensor(batch).
		i64(int64(stride)).u32(halfBits(n)).faults().elements(index.Len())
}
