//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// The order of KType in kernels/top_k.cu.
var kTypes = map[compute.DType]int{compute.Int32: 1, compute.Int64: 2}

func (b *backend) TopKMask(y, threshold, x, k compute.Tensor) {
	mustFloats("TopKMask", y, threshold, x)
	must(y.SameShape(x) && (!threshold.Valid() || threshold.Len() == x.Rows()),
		"TopKMask", "two tensors of one shape and a threshold for each row", y, threshold, x, k)
	b.topK("TopKMask", y, threshold, x, k)
}

func (b *backend) TopKThreshold(dst, x, k compute.Tensor) {
	mustFloats("TopKThreshold", dst, x)
	must(dst.Len() == x.Rows(), "TopKThreshold", "a result for each row", dst, x, k)
	b.topK("TopKThreshold", compute.Tensor{}, dst, x, k)
}

// cachedBytes is the shared memory that a row's keys may take: what a block has without asking for more,
// less what the kernel has of its own.
const cachedBytes = plainShared - 4<<11 - 512

func (b *backend) topK(op string, y, threshold, x, k compute.Tensor) {
	kType, integer := kTypes[k.DType()]
	must((integer || k.DType() == x.DType()) && (k.Len() == 1 || k.Len() == x.Rows()),
		op, "an int32, int64 or equally typed k, one or one for each row", x, k)
	if x.Len() == 0 {
		return
	}
	rows, cols := x.Rows(), x.Cols()
	shared := cols * x.DType().Size()
	cached := shared <= cachedBytes
	if !cached {
		shared = 0
	}
	b.kernel(by(x.DType(), "top_k_f32", "top_k_f64")).tensor(y).tensor(threshold).tensor(x).tensor(k).i32(kType).flag(k.Len() > 1).
		i64(int64(cols)).i32(digitBits(cols)).flag(cached).run(gpu.Dim{X: rows}, rowBlock(cols), shared)
}

// digitBits is how wide the digits of the selection are: short rows do not pay for counting many.
func digitBits(cols int) int {
	if cols < 4096 {
		return 8
	}
	return 11
}

// rowBlock is the block of a kernel that selects in a row: a thread for 16 bytes of float32, up to 512
// threads, of which a multiprocessor has four blocks.
func rowBlock(cols int) gpu.Dim {
	return gpu.Dim{X: min(max(warp, powerOfTwo(ceilDiv(cols, 4))), 512)}
}

func (b *backend) TopKWindow(y, weight, slope, threshold, x, k compute.Tensor, half int) {
	dt := mustFloats("TopKWindow", y, weight, slope, threshold, x, k)
	must(y.SameShape(x) && weight.SameShape(x) && slope.SameShape(x) && k.Len() == 1 && (!threshold.Valid() || threshold.Len() == x.Rows()),
		"TopKWindow", "four tensors of one shape, a threshold for each row and one k", y, weight, slope, threshold, x, k)
	if x.Len() == 0 {
		return
	}
	rows, cols := x.Rows(), x.Cols()
	b.kernel(by(dt, "top_k_window_f32", "top_k_window_f64")).tensor(y).tensor(weight).tensor(slope).tensor(threshold).tensor(x).tensor(k).
		i64(int64(cols)).i32(min(max(half, 0), cols)).i32(digitBits(cols)).ptr(b.room(4*int64(rows)*int64(cols))).
		run(gpu.Dim{X: rows}, rowBlock(cols), 0)
}
