package train

import (
	"noise2sparse/compute"
	"noise2sparse/model"
)

// objective is what a network is trained for: its loss against targets.
type objective interface {
	// width is the number of the network's outputs.
	width() int

	// evaluate sets total (Float64 [1]) to the sum of the per-sample losses, correct (Float64
	// [1]) to the number of samples classified correctly, and dout to the gradient of the mean
	// loss over the batch. x (n × d) are the clean inputs, or what the network has in their place
	// (model.Targeter); index (Int32 [n]) are their rows in split.
	evaluate(total, correct, dout, out, x, index compute.Tensor, split *deviceSplit)
}

// reconstruction is the mean squared error against the clean input:
//
//	loss_i = 1/d Σ_j (out_ij − x_ij)²
type reconstruction struct {
	b    compute.Backend
	d    int
	mean compute.Tensor // Float64 [1], 1/d
}

func newReconstruction(b compute.Backend, d int) *reconstruction {
	r := &reconstruction{b: b, d: d, mean: b.Alloc(compute.Float64, 1)}
	b.Fill(r.mean, 1/float64(d))
	return r
}

func (r *reconstruction) width() int { return r.d }

func (r *reconstruction) evaluate(total, _, dout, out, x, _ compute.Tensor, _ *deviceSplit) {
	scale := 2 / (float64(r.d) * float64(out.Rows()))
	compute.MSE(r.b, total, dout, out, x, scale)
	r.b.Binary(compute.Mul, total, total, r.mean)
}

// classification is the cross-entropy (natural logarithm) of the labels under softmax(out).
type classification struct {
	b       compute.Backend
	classes int
	labels  compute.Tensor // Int32 [batch 1]
}

func newClassification(b compute.Backend, classes, batch int) *classification {
	return &classification{b: b, classes: classes, labels: b.Alloc(compute.Int32, batch, 1)}
}

func (c *classification) width() int { return c.classes }

func (c *classification) evaluate(total, correct, dout, out, _, index compute.Tensor, split *deviceSplit) {
	labels := c.labels.Head(out.Rows())
	c.b.Gather(labels, split.labels, index)
	c.b.CrossEntropy(total, correct, dout, out, labels.Flat(), 1/float64(out.Rows()))
}

// target is what a reconstruction of clean inputs x is compared with.
func (e *Engine) target(x compute.Tensor) compute.Tensor {
	if t, ok := e.Net.(model.Targeter); ok {
		return t.Target(x)
	}
	return x
}
