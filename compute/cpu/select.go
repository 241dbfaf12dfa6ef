package cpu

import (
	"math"
	"sync"
	"unsafe"

	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/compute/cpu/simd"
)

// selection is what the Select family needs besides its operands.
type selection struct {
	scratch scratch
	edge    kernel.Edge
}

// scratch lends working memory to the chunks that run at a time, so that none is allocated after
// the first steps.
type scratch struct {
	mu   sync.Mutex
	free [][]uint64
}

// take returns at least n words.
func (s *scratch) take(n int) []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.free) - 1; last >= 0 {
		w := s.free[last]
		s.free = s.free[:last]
		if len(w) >= n {
			return w
		}
	}
	return make([]uint64, n)
}

func (s *scratch) give(w []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, w)
}

// wordsOf views the first n elements of T in words.
func wordsOf[T float | int32](w []uint64, n int) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(w))), n)
}

func (b *backend) TopKMask(y, threshold, x, k compute.Tensor) {
	dt := mustFloats("TopKMask", y, threshold, x)
	must(y.SameShape(x) && (!threshold.Valid() || threshold.Len() == x.Rows()),
		"TopKMask", "two tensors of one shape and a threshold for each row", y, threshold, x, k)
	b.selectRows("TopKMask", x, k, by(dt, topKMask32, topKMask64), pointer(y), pointer(threshold))
}

func (b *backend) TopKThreshold(dst, x, k compute.Tensor) {
	dt := mustFloats("TopKThreshold", dst, x)
	must(dst.Len() == x.Rows(), "TopKThreshold", "a result for each row", dst, x, k)
	b.selectRows("TopKThreshold", x, k, by(dt, topKThreshold32, topKThreshold64), nil, pointer(dst))
}

// selectRows runs a selection over rows of x: operands are y, thresholds, x, k.
func (b *backend) selectRows(op string, x, k compute.Tensor, run func(*task, int), y, threshold unsafe.Pointer) {
	must((k.DType() == compute.Int32 || k.DType() == compute.Int64 || k.DType() == x.DType()) && (k.Len() == 1 || k.Len() == x.Rows()),
		op, "an int32, int64 or equally typed k, one or one for each row", x, k)
	t := &b.task
	t.in[0], t.in[1], t.in[2], t.in[3] = y, threshold, pointer(x), pointer(k)
	t.dtype, t.broadcast, t.selection = k.DType(), column, &b.selection
	if k.Len() == 1 {
		t.broadcast = scalar
	}
	t.run = run
	b.pool.run(t, t.byRows(x.Rows(), x.Cols()))
}

// k is row r's operand 3, within 1..cols.
func (t *task) k(r int) int {
	if t.broadcast == scalar {
		r = 0
	}
	var k float64
	switch t.dtype {
	case compute.Int32:
		k = float64(operand[int32](t, 3, r, r+1)[0])
	case compute.Int64:
		k = float64(operand[int64](t, 3, r, r+1)[0])
	case compute.Float32:
		k = math.RoundToEven(float64(operand[float32](t, 3, r, r+1)[0]))
	case compute.Float64:
		k = math.RoundToEven(operand[float64](t, 3, r, r+1)[0])
	}
	if !(k >= 1) {
		return 1
	}
	return int(min(k, float64(t.cols)))
}

func topKMask32(t *task, c int) { topKRows(t, c, simd.TopKThreshold, simd.TopKMask) }
func topKMask64(t *task, c int) {
	topKRows(t, c, kernel.TopKThreshold[float64], kernel.TopKMask[float64])
}
func topKThreshold32(t *task, c int) { topKRows(t, c, simd.TopKThreshold, nil) }
func topKThreshold64(t *task, c int) { topKRows(t, c, kernel.TopKThreshold[float64], nil) }

func topKRows[T float](t *task, c int, find func(x []T, k int, scratch []T) (T, int), mask func(y, x []T, threshold T, ties int)) {
	if t.cols == 0 {
		return
	}
	words := t.selection.scratch.take(kernel.TopKScratch(t.cols))
	scratch := wordsOf[T](words, kernel.TopKScratch(t.cols))
	lo, hi := t.span(c)
	for r := lo; r < hi; r++ {
		i, j := r*t.cols, (r+1)*t.cols
		x := operand[T](t, 2, i, j)
		threshold, ties := find(x, t.k(r), scratch)
		if t.in[1] != nil {
			operand[T](t, 1, r, r+1)[0] = threshold
		}
		if mask != nil {
			mask(operand[T](t, 0, i, j), x, threshold, ties)
		}
	}
	t.selection.scratch.give(words)
}

func (b *backend) TopKWindow(y, weight, slope, threshold, x, k compute.Tensor, half int) {
	dt := mustFloats("TopKWindow", y, weight, slope, threshold, x, k)
	must(y.SameShape(x) && weight.SameShape(x) && slope.SameShape(x) && k.Len() == 1 && (!threshold.Valid() || threshold.Len() == x.Rows()),
		"TopKWindow", "four tensors of one shape, a threshold for each row and one k", y, weight, slope, threshold, x, k)
	t := &b.task
	t.in[0], t.in[1], t.in[2], t.in[3], t.in[4] = pointer(y), pointer(threshold), pointer(x), pointer(weight), pointer(slope)
	t.selection = &b.selection
	b.selection.edge.Set(scalarOf(k), max(half, 0), x.Cols())
	t.run = by(dt, topKWindow[float32], topKWindow[float64])
	b.pool.run(t, t.byRows(x.Rows(), x.Cols()))
}

func topKWindow[T float](t *task, c int) {
	if t.cols == 0 {
		return
	}
	n := kernel.TopKScratch(t.cols)
	words := t.selection.scratch.take(n + t.cols)
	lo, hi := t.span(c)
	for r := lo; r < hi; r++ {
		i, j := r*t.cols, (r+1)*t.cols
		threshold := kernel.TopKWindow(operand[T](t, 0, i, j), operand[T](t, 3, i, j), operand[T](t, 4, i, j), operand[T](t, 2, i, j),
			&t.selection.edge, wordsOf[T](words, n), wordsOf[int32](words[n:], t.cols))
		if t.in[1] != nil {
			operand[T](t, 1, r, r+1)[0] = threshold
		}
	}
	t.selection.scratch.give(words)
}
