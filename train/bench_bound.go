package train

import (
	"context"
	"slices"
	"time"

	"noise2sparse/compute"
	"noise2sparse/model"
)

// copyBytes is the size of the copies that are timed: more than the caches of current GPUs hold.
const copyBytes = 256 << 20

// boundStretch is how long the clock stands at operations: the one wait at its end, some ten microseconds, is
// nothing against it.
const boundStretch = 50 * time.Millisecond

// bound is what a step can't be faster than on a device whose products and copies are as fast as measured.
type bound struct {
	GEMM      float64 // ms of the step's matrix products on their own
	Bandwidth float64 // GB/s of a copy, bytes read and bytes written
	Step      float64 // ms, see stepBound
}

// stepBound times the step's products and a copy of the given number of bytes, on their own, in the same
// process, over stretches of the given time. It is
//
//	GEMM + (28 P + 16 B Σn + 16 B d) bytes / Bandwidth
//
// for P parameters (Adam reads the gradient and reads and writes weight and two moments, 4 bytes each),
// a batch of B samples, n neurons in each hidden layer and d outputs (each activation and each output is
// written once and read once, forward and backward).
//
// It is zero on a CPU, whose caches hold what a GPU's memory would, and for networks that do not list their
// products.
func (e *Engine) stepBound(ctx context.Context, copied int, stretch time.Duration) (bound, error) {
	net, ok := e.Net.(model.Multiplier)
	if !ok || e.b.Device().Backend == "cpu" {
		return bound{}, nil
	}
	products := net.Products(e.cfg.BatchSize)
	if products == nil {
		return bound{}, nil
	}
	var r bound
	var err error
	if r.GEMM, err = timeProducts(ctx, e.b, products, stretch); err != nil {
		return r, err
	}
	// Numbers of all kinds, not zeros, which memory that compresses would move faster.
	from, to := operand(e.b, 1, copied/e.b.Float().Size(), false), e.b.Alloc(e.b.Float(), 1, copied/e.b.Float().Size())
	ms, err := timeOperations(ctx, e.b, stretch, func() { e.b.Copy(to, from) })
	if err != nil {
		return r, err
	}
	r.Bandwidth = 2 * float64(copied) / (ms * 1e6)
	r.Step = r.GEMM + float64(e.boundBytes())/(r.Bandwidth*1e6)
	return r, nil
}

// boundBytes is 28 P + 16 B Σn + 16 B d.
func (e *Engine) boundBytes() int {
	width := e.out.Cols()
	for _, h := range e.Net.Hidden() {
		width += h.Width
	}
	return 28*e.Net.Params().Count() + 16*e.cfg.BatchSize*width
}

// timeProducts is the time of the products one after the other, in ms.
func timeProducts(ctx context.Context, b compute.Backend, products []model.Product, stretch time.Duration) (float64, error) {
	calls := make([]func(), len(products))
	for i, p := range products {
		x, y, c := operand(b, p.M, p.K, p.TransA), operand(b, p.K, p.N, p.TransB), b.Alloc(b.Float(), p.M, p.N)
		calls[i] = func() { b.Matmul(c, x, y, p.TransA, p.TransB, 1, 0) }
	}
	return timeOperations(ctx, b, stretch, func() {
		for _, call := range calls {
			call()
		}
	})
}

// operand is a matrix of rows × cols uniform numbers, lying transposed where asked for.
func operand(b compute.Backend, rows, cols int, transposed bool) compute.Tensor {
	if transposed {
		rows, cols = cols, rows
	}
	t := b.Alloc(b.Float(), rows, cols)
	b.Uniform(t, -1, 1, 1, compute.PurposeInit)
	return t
}

// timeOperations is the median time of the recorded operations, in ms, over nine stretches of at least the given
// time, each of as many operations as that takes and one wait.
func timeOperations(ctx context.Context, b compute.Backend, stretch time.Duration, operations func()) (float64, error) {
	const stretches = 9
	program := b.Record(operations)
	n, times := 1, make([]float64, 0, stretches)
	for len(times) < stretches {
		began := time.Now()
		program.Run(n)
		if err := b.Sync(); err != nil {
			return 0, err
		}
		if ctx.Err() != nil {
			return 0, ErrInterrupted
		}
		if took := time.Since(began); took >= stretch {
			times = append(times, 1e3*took.Seconds()/float64(n))
		} else {
			// Too short, as the first ones are, which record too. No more than twice as many at once: what it
			// takes to record is none of it.
			n *= 2
			times = times[:0]
		}
	}
	slices.Sort(times)
	return times[stretches/2], nil
}
