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

func (c *classification) evaluate(total, correct compute.Tensor, out compute.Output, _, index compute.Tensor, split *deviceSplit) {
	n := out.Out.Rows()
	compute.OutputCrossEntropy(c.b, total, correct, out, c.labels.Head(n), split.labels, index, 1/float64(n))
}

// target is what a reconstruction of clean inputs x is compared with.
func (e *Engine) target(x compute.Tensor) compute.Tensor {
	if t, ok := e.Net.(model.Targeter); ok {
		return t.Target(x)
	}
	return x
}
