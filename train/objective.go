package train

import (
	"noise2sparse/compute"
	"noise2sparse/model"
)

// objective is what a network is trained for: its loss against targets.
type objective interface {
	// width is the number of the network's outputs.
	width() int

	// evaluate finishes the outputs by their bias, and sets total (Float64 [1]) to the sum of the
	// per-sample losses, correct (Float64 [1]) to the number of samples classified correctly, and
	// the output's gradients to those of the mean loss over the batch. x (n × d) are the clean
	// inputs, or what the network has in their place (model.Targeter); index (Int32 [n]) are their
	// rows in split.
	evaluate(total, correct compute.Tensor, out compute.Output, x, index compute.Tensor, split *deviceSplit)

	// losses sets dst [n] to each sample's loss, from the finished outputs and the gradients that
	// evaluate has left. It is for networks that learn from them (model.LossLearner).
	losses(dst, out, dout compute.Tensor)
}

// reconstruction is the mean squared error against the clean input:
//
//	loss_i = 1/d Σ_j (out_ij − x_ij)²
type reconstruction struct {
	b compute.Backend
	d int
}

func (r *reconstruction) width() int { return r.d }

func (r *reconstruction) evaluate(total, _ compute.Tensor, out compute.Output, x, _ compute.Tensor, _ *deviceSplit) {
	d := float64(r.d)
	compute.OutputMSE(r.b, total, out, x, 2/(d*float64(out.Out.Rows())), 1/d)
}

// losses: the gradient of the losses' mean is dout = 2r/(d n), so Σ_j r²/d = d n²/4 · Σ_j dout².
func (r *reconstruction) losses(dst, _, dout compute.Tensor) {
	n, d := float64(dout.Rows()), float64(r.d)
	r.b.Reduce(compute.SumSquares, dst, dout, compute.Rows, false)
	r.b.Axpby(d*n*n/4, dst, 0, dst)
}

// classification is the cross-entropy (natural logarithm) of the labels under softmax(out).
type classification struct {
	b       compute.Backend
	classes int
	labels  compute.Tensor // Int32 [batch 1]

	// Scratch of losses, allocated by keepLosses: (batch × classes) twice, (batch × 1).
	logs, work, row compute.Tensor
}

func newClassification(b compute.Backend, classes, batch int) *classification {
	return &classification{b: b, classes: classes, labels: b.Alloc(compute.Int32, batch, 1)}
}

func (c *classification) width() int { return c.classes }

func (c *classification) evaluate(total, correct compute.Tensor, out compute.Output, _, index compute.Tensor, split *deviceSplit) {
	n := out.Out.Rows()
	compute.OutputCrossEntropy(c.b, total, correct, out, c.labels.Head(n), split.labels, index, 1/float64(n))
}

// keepLosses reserves what losses needs.
func (c *classification) keepLosses(batch int) {
	f := func(cols int) compute.Tensor { return c.b.Alloc(c.b.Float(), batch, cols) }
	c.logs, c.work, c.row = f(c.classes), f(c.classes), f(1)
}

// losses: with p = softmax(out), dout_ij is (p_ij − [j is the label])/n, below 0 at the label alone,
// and there it is 0 where p rounds to 1. So
//
//	loss_i = −Σ_j [dout_ij < 0] ln p_ij,    ln p_ij = out_ij − max − ln Σ_j exp(out_ij − max)
func (c *classification) losses(dst, out, dout compute.Tensor) {
	b, n := c.b, out.Rows()
	logs, work, row := c.logs.Head(n), c.work.Head(n), c.row.Head(n)
	b.Reduce(compute.Largest, row, out, compute.Rows, false)
	b.Binary(compute.Sub, logs, out, row)
	b.Unary(compute.Exp, work, logs)
	b.Reduce(compute.Sum, row, work, compute.Rows, false)
	b.Unary(compute.Log, row, row)
	b.Binary(compute.Sub, logs, logs, row)
	b.Unary(compute.Negative, work, dout)
	b.Binary(compute.Mul, logs, logs, work)
	b.Reduce(compute.Sum, dst, logs, compute.Rows, false)
	b.Axpby(-1, dst, 0, dst)
}

// target is what a reconstruction of clean inputs x is compared with.
func (e *Engine) target(x compute.Tensor) compute.Tensor {
	if t, ok := e.Net.(model.Targeter); ok {
		return t.Target(x)
	}
	return x
}
