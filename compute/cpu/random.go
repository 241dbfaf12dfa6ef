package cpu

import (
	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/compute/cpu/simd"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/philox"
)

// noise is the distribution that was used last, prepared: a Poisson table is worth keeping.
type noise struct {
	kind   compute.NoiseKind
	amount float64
	ready  bool
	kernel kernel.Noise
}

// The kernels' table holds what the interface promises.
var _ [0]struct{} = [kernel.MaxPoissonRate - compute.MaxPoissonRate]struct{}{}

var kernelNoise = [...]kernel.NoiseKind{
	compute.Gaussian:    kernel.Gaussian,
	compute.Laplace:     kernel.Laplace,
	compute.Exponential: kernel.Exponential,
	compute.Poisson:     kernel.Poisson,
}

func (b *backend) AddNoise(dst, src compute.Tensor, n compute.Noise, step compute.Tensor) {
	dt := mustFloats("AddNoise", dst, src, n.Amount)
	must(dst.Len() == src.Len(), "AddNoise", "two tensors of one length", dst, src)
	must(step.DType() == dtype.Int64 && step.Len() == 1 && n.Amount.Len() == 1, "AddNoise", "an int64 step and one amount", step, n.Amount)
	amount := scalarOf(n.Amount)
	if d := &b.noise; !d.ready || d.kind != n.Kind || d.amount != amount {
		d.kind, d.amount = n.Kind, amount
		err := d.kernel.Set(kernelNoise[n.Kind], amount)
		if d.ready = err == nil; err != nil {
			b.fail("AddNoise: %w", err)
			return
		}
	}
	t := &b.task
	t.noise = &b.noise.kernel
	t.stream = philox.Stream{Seed: n.Seed, Purpose: uint32(n.Purpose), Step: uint64(elems[int64](step)[0])}
	t.in[0], t.in[1] = pointer(dst), pointer(src)
	t.run = by(dt, noiseChunk32, noiseChunk64)
	b.pool.run(t, t.byElements(dst.Len()))
}

func scalarOf(t compute.Tensor) float64 {
	if t.DType() == dtype.Float64 {
		return elems[float64](t)[0]
	}
	return float64(elems[float32](t)[0])
}

func noiseChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.AddNoise(operand[float32](t, 0, lo, hi), operand[float32](t, 1, lo, hi), lo, t.noise, t.stream)
}

func noiseChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.AddNoise(operand[float64](t, 0, lo, hi), operand[float64](t, 1, lo, hi), lo, t.noise, t.stream)
}

func (b *backend) Uniform(dst compute.Tensor, lo, hi float64, seed uint64, purpose compute.Purpose) {
	dt := mustFloats("Uniform", dst)
	t := &b.task
	t.a, t.b = lo, hi
	t.stream = philox.Stream{Seed: seed, Purpose: uint32(purpose)}
	t.in[0] = pointer(dst)
	t.run = by(dt, uniformChunk32, uniformChunk64)
	b.pool.run(t, t.byElements(dst.Len()))
}

func uniformChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.FillUniform(operand[float32](t, 0, lo, hi), lo, t.a, t.b, t.stream)
}

func uniformChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.FillUniform(operand[float64](t, 0, lo, hi), lo, t.a, t.b, t.stream)
}

func (b *backend) KeepMask(dst compute.Tensor, drop float64, seed uint64, purpose compute.Purpose, step compute.Tensor) {
	dt := mustFloats("KeepMask", dst)
	must(step.DType() == dtype.Int64 && step.Len() == 1 && drop >= 0 && drop < 1, "KeepMask", "an int64 step and a share in [0, 1)", dst, step)
	t := &b.task
	t.a = drop
	t.stream = philox.Stream{Seed: seed, Purpose: uint32(purpose), Step: uint64(elems[int64](step)[0])}
	t.in[0] = pointer(dst)
	t.run = by(dt, keepMaskChunk[float32], keepMaskChunk[float64])
	b.pool.run(t, t.byElements(dst.Len()))
}

func keepMaskChunk[T float](t *task, c int) {
	lo, hi := t.span(c)
	kernel.KeepMask(operand[T](t, 0, lo, hi), lo, t.a, t.stream)
}

func (b *backend) Shuffle(index compute.Tensor, n int, seed uint64, epoch, batch compute.Tensor, stride int) {
	must(index.DType() == dtype.Int32 && epoch.DType() == dtype.Int64 && batch.DType() == dtype.Int64 && epoch.Len() == 1 && batch.Len() == 1,
		"Shuffle", "an int32 index, int64 epoch and batch", index, epoch, batch)
	first := int(elems[int64](batch)[0]) * stride
	if first < 0 || first+index.Len() > n {
		b.fail("Shuffle: places %d to %d of %d samples", first, first+index.Len(), n)
		return
	}
	t := &b.task
	t.order = philox.NewPermutation(seed, uint64(elems[int64](epoch)[0]), n)
	t.in[0], t.first, t.size, t.total = pointer(index), first, shuffleChunk, index.Len()
	t.run = shufflePlaces
	b.pool.run(t, (t.total+t.size-1)/t.size)
}

// shuffleChunk is the number of places of a chunk: each costs some 100 ns.
const shuffleChunk = 128

func shufflePlaces(t *task, c int) {
	lo, hi := t.span(c)
	for i, out := 0, operand[int32](t, 0, lo, hi); i < len(out); i++ {
		out[i] = int32(t.order.At(t.first + lo + i))
	}
}
