//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// EndBackward implements compute.BackwardEndFuser.
func (b *backend) EndBackward(e *compute.BackwardEnd) {
	dt := mustFloats("EndBackward", e.Scale, e.Grads.Whole)
	f64 := func(t compute.Tensor, n int) bool { return t.DType() == compute.Float64 && t.Len() == n }
	counter := func(t compute.Tensor) bool { return t.DType() == compute.Int64 && t.Len() == 1 }
	n, parts := e.Step.Len(), len(e.Grads.Parts)
	must(e.Scale.Len() == 1 && f64(e.Norm, 1) && f64(e.Squares, parts) && f64(e.Root, parts) && f64(e.Norms, parts),
		"EndBackward", "one scale, a float64 norm, and float64 sums for each part", e.Scale, e.Norm, e.Squares, e.Root, e.Norms)
	must(f64(e.Step, n) && f64(e.Epoch, n), "EndBackward", "float64 numbers of the step and sums of them", e.Step, e.Epoch)
	must(counter(e.Bad) && counter(e.Position) && counter(e.Counters[0]) && counter(e.Counters[1]),
		"EndBackward", "int64 scalars", e.Bad, e.Position, e.Counters[0], e.Counters[1])
	blocks := max(1, e.Grads.Pieces)
	b.kernel(by(dt, "end_backward_f32", "end_backward_f64")).tensor(e.Scale).tensor(e.Grads.Whole).tensor(e.Grads.Table).
		i32(parts).i64(int64(e.Grads.Piece)).f64(e.Limit).
		tensor(e.Norm).tensor(e.Squares).tensor(e.Root).tensor(e.Norms).tensor(e.Step).tensor(e.Epoch).i32(n).
		tensor(e.Bad).tensor(e.Position).tensor(e.Counters[0]).tensor(e.Counters[1]).
		partials(blocks).run(gpu.Dim{X: blocks}, gpu.Dim{X: blockThreads}, 0)
}
