//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// GradientNorm implements compute.GradientNormFuser.
func (b *backend) GradientNorm(scale, norm, squares compute.Tensor, grads compute.Segments, limit float64) {
	dt := mustFloats("GradientNorm", scale, grads.Whole)
	parts := len(grads.Parts)
	must(scale.Len() == 1 && norm.DType() == compute.Float64 && norm.Len() == 1 && squares.DType() == compute.Float64 && squares.Len() == parts,
		"GradientNorm", "one scale, a float64 norm, and a float64 square for each part", scale, norm, squares, grads.Whole)
	if parts == 0 {
		b.ClipScale(scale, norm, squares, limit)
		return
	}
	piece := max(pieceElems, 4*ceilDiv(grads.Whole.Len(), 4*maxPartials)) // whole packs
	blocks := 0
	for i := range grads.Parts {
		blocks += max(1, ceilDiv(grads.Parts[i].Len(), piece))
	}
	b.kernel(by(dt, "gradient_norm_f32", "gradient_norm_f64")).tensor(scale).tensor(norm).tensor(squares).tensor(grads.Whole).
		tensor(grads.Table).i32(parts).i64(int64(piece)).f64(limit).partials(blocks).run(gpu.Dim{X: blocks}, gpu.Dim{X: blockThreads}, 0)
}

// EndStep implements compute.EndStepFuser.
func (b *backend) EndStep(s compute.StepEnd) {
	f64 := func(t compute.Tensor, n int) bool { return t.DType() == compute.Float64 && t.Len() == n }
	counter := func(t compute.Tensor) bool { return t.DType() == compute.Int64 && t.Len() == 1 }
	n, parts := s.Step.Len(), s.Squares.Len()
	must(f64(s.Step, n) && f64(s.Epoch, n) && f64(s.Squares, parts) && f64(s.Norms, parts) && f64(s.Root, parts),
		"EndStep", "float64 sums", s.Epoch, s.Step, s.Norms, s.Root, s.Squares)
	must(counter(s.Bad) && counter(s.Position) && counter(s.Counters[0]) && counter(s.Counters[1]),
		"EndStep", "int64 scalars", s.Bad, s.Position, s.Counters[0], s.Counters[1])
	b.kernel("end_step").tensor(s.Epoch).tensor(s.Step).i32(n).tensor(s.Norms).tensor(s.Root).tensor(s.Squares).i32(parts).
		tensor(s.Bad).tensor(s.Position).tensor(s.Counters[0]).tensor(s.Counters[1]).
		run(gpu.Dim{X: 1}, gpu.Dim{X: warp}, 0)
}
