package computetest

import (
	"fmt"

	"noise2sparse/compute"
)

// passChecks are the two ends of a training step: what takes a batch, and what takes its loss. Each is
// done twice, as the backend does it and as its composition.
var passChecks = []check{
	{"TakeBatch", checkTakeBatch},
	{"OutputMSE", checkOutputMSE},
	{"OutputCrossEntropy", checkOutputCrossEntropy},
	{"Panics", checkPassPanics},
}

type takeBatch = func(b compute.Backend, t compute.Batch)

// batchCase is one batch: rows × cols of n samples of type dt, batch number of an epoch.
type batchCase struct {
	dt             compute.DType
	rows, cols     int
	n, number      int
	normal, noised bool
	kind           compute.NoiseKind
}

// checkTakeBatch: the results have the bits of the operations that define it.
func checkTakeBatch(e *env) {
	sizes := [][2]int{{1, 1}, {3, 5}, {5, 64}, {7, 33}, {2, 1028}, {33, 16}}
	types := []compute.DType{compute.Float32, compute.Float16, compute.BFloat16, compute.Uint8, compute.Float64}
	for _, way := range []way[takeBatch]{{"TakeBatch", compute.TakeBatch}, {"TakeBatchComposed", compute.TakeBatchComposed}} {
		for _, e := range e.offsets() {
			for i, s := range sizes {
				for k := range kinds {
					if (i+k+e.before)%2 == 0 { // half of them at each offset
						c := batchCase{rows: s[0], cols: s[1], n: 3*s[0] + 2, number: 2, kind: kinds[k].kind}
						c.dt, c.normal, c.noised = types[(i+k)%len(types)], k < 2, true
						e.batchCase(way, c)
					}
				}
				e.batchCase(way, batchCase{dt: types[i%len(types)], rows: s[0], cols: s[1], n: s[0], normal: i%2 == 0})
			}
			// A smaller last batch.
			e.batchCase(way, batchCase{dt: compute.Uint8, rows: 2, cols: 12, n: 14, number: 4, noised: true, kind: compute.Laplace})
		}
	}
}

func (e *env) batchCase(way way[takeBatch], c batchCase) {
	e.Helper()
	b, stride := e.b, 3
	if c.number*stride+c.rows > c.n {
		stride = c.rows
	}
	std := e.normal(c.cols)
	for j := range std {
		std[j] = e.round(1 + std[j]*std[j])
	}
	samples, table, mean, deviation := e.samples(c.dt, c.n, c.cols), e.put(e.normal(5*7), 5, 7), e.put(e.normal(c.cols), c.cols), e.put(std, c.cols)
	epoch, number, step, amount := e.counter(1<<33+2), e.counter(int64(c.number)), e.counter(1<<34+9), e.scalar(0.7)
	row, index, clean, normal, noisy := e.out(1, 7), e.alloc(compute.Int32, c.rows), e.out(c.rows, c.cols), e.out(c.rows, c.cols), e.out(c.rows, c.cols)
	t := compute.Batch{
		Row: row.Tensor, Table: table.Tensor, Number: number.Tensor, Index: index.Tensor, Stride: stride, Seed: 5<<40 + 3, Epoch: epoch.Tensor,
		Clean: clean.Tensor, Samples: samples.Tensor,
	}
	if c.normal {
		t.Normal, t.Mean, t.Std = normal.Tensor, mean.Tensor, deviation.Tensor
	}
	if c.noised {
		t.Noisy, t.Step = noisy.Tensor, step.Tensor
		t.Noise = compute.Noise{Kind: c.kind, Amount: amount.Tensor, Seed: 7, Purpose: compute.PurposeTraining}
	}
	way.do(b, t)

	want := t
	wantIndex, wantClean, wantNormal, wantNoisy := e.alloc(compute.Int32, c.rows), e.out(c.rows, c.cols), e.out(c.rows, c.cols), e.out(c.rows, c.cols)
	b.Shuffle(wantIndex.Tensor, c.n, t.Seed, t.Epoch, t.Number, stride)
	b.Gather(wantClean.Tensor, samples.Tensor, wantIndex.Tensor)
	v := wantClean
	if c.normal {
		b.Binary(compute.Sub, wantNormal.Tensor, v.Tensor, mean.Tensor)
		b.Binary(compute.Div, wantNormal.Tensor, wantNormal.Tensor, deviation.Tensor)
		v = wantNormal
	}
	if c.noised {
		b.AddNoise(wantNoisy.Tensor, v.Tensor, want.Noise, step.Tensor)
	}
	what := fmt.Sprintf("%s of %+v at offset %d", way.name, c, e.before)
	e.same(what+": row", row.get(), table.get()[7*c.number:7*c.number+7])
	e.same(what+": index", index.get(), wantIndex.get())
	e.same(what+": clean", clean.get(), wantClean.get())
	e.same(what+": normal", normal.get(), wantNormal.get())
	e.same(what+": noisy", noisy.get(), wantNoisy.get())
}

// samples is a dataset (n × cols): normal numbers, or any bits of a smaller type.
func (e *env) samples(dt compute.DType, n, cols int) operand {
	if dt == compute.Float32 || dt == compute.Float64 {
		return e.putAs(dt, e.normal(n*cols), n, cols)
	}
	raw := make([]byte, n*cols*dt.Size())
	for i := range raw {
		raw[i] = byte(e.rng.Uint32())
	}
	o := e.alloc(dt, n, cols)
	e.b.Upload(o.Tensor, raw)
	return o
}

// passCalls are these operations for the checks of whole steps.
func (e *env) passCalls(rows, cols, _ int) []call {
	b := e.b
	row, index, clean, normal, noisy := e.out(1, 3), e.alloc(compute.Int32, rows), e.out(rows, cols), e.out(rows, cols), e.out(rows, cols)
	t := compute.Batch{
		Row: row.Tensor, Table: e.matrix(9, 3).Tensor, Number: e.counter(1).Tensor, Index: index.Tensor, Stride: rows, Seed: 5, Epoch: e.counter(3).Tensor,
		Clean: clean.Tensor, Samples: e.matrix(3*rows, cols).Tensor, Normal: normal.Tensor, Mean: e.put(e.normal(cols), cols).Tensor,
		Std: e.put(e.normal(cols), cols).Tensor, Noisy: noisy.Tensor, Step: e.counter(1 << 33).Tensor,
		Noise: compute.Noise{Kind: compute.Gaussian, Amount: e.scalar(0.8).Tensor, Seed: 5, Purpose: compute.PurposeTraining},
	}
	out, grad, dbias, total := e.matrix(rows, cols), e.out(rows, cols), e.out(cols), e.sums(1)
	o := compute.Output{Out: out.Tensor, Bias: e.put(e.normal(cols), cols).Tensor, Grad: grad.Tensor, DBias: dbias.Tensor}
	logits, slope, dshift, loss, correct := e.matrix(rows, cols), e.out(rows, cols), e.out(cols), e.sums(1), e.sums(1)
	c := compute.Output{Out: logits.Tensor, Bias: o.Bias, Grad: slope.Tensor, DBias: dshift.Tensor}
	target, labels, all := e.matrix(rows, cols), e.alloc(compute.Int32, rows, 1), e.ints(e.randomLabels(5, cols))
	at := e.ints(e.randomLabels(rows, 5))
	return []call{
		{"TakeBatch", func() { compute.TakeBatch(b, t) }, []operand{row, index, clean, normal, noisy}},
		{"OutputMSE", func() { compute.OutputMSE(b, total.Tensor, o, target.Tensor, 0.01, 0.5) }, []operand{out, grad, dbias, total}},
		{"OutputCrossEntropy", func() {
			compute.OutputCrossEntropy(b, loss.Tensor, correct.Tensor, c, labels.Tensor, all.Tensor.Reshape(5, 1), at.Tensor, 0.01)
		}, []operand{logits, slope, dshift, loss, correct}},
	}
}
