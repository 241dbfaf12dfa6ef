package kernel

import "math"

// CrossEntropy is the loss of a classifier on logits (rows × cols, contiguous), forward and
// backward, with labels (rows) in 0..cols-1. For each row, computed in float64:
//
//	loss_i = log Σ_j exp(z_ij − max_j z_ij) + max_j z_ij − z_i,label    (natural logarithm)
//	grad_ij = scale · (softmax(z_i)_j − [j = label])    grad may be nil, or logits
//
// It returns the sum of the losses and the number of rows whose largest logit is at the label;
// of equal logits the lowest index counts. A row with a NaN or with +Inf has loss NaN and is not
// correct. A label out of range gives loss NaN for its row and gradient 0: callers check labels
// when data is read.
func CrossEntropy[T Float](grad, logits []T, labels []int32, rows, cols int, scale T) (total float64, correct int) {
	for i := range rows {
		z := logits[i*cols:][:cols]
		var g []T
		if grad != nil {
			g = grad[i*cols:][:cols]
		}
		loss, hit := crossEntropyRow(g, z, int(labels[i]), scale)
		total += loss
		if hit {
			correct++
		}
	}
	return total, correct
}

// crossEntropyRow is one row of CrossEntropy.
func crossEntropyRow[T Float](grad, z []T, label int, scale T) (loss float64, hit bool) {
	if label < 0 || label >= len(z) {
		clear(grad)
		return math.NaN(), false
	}
	best := 0
	for j, v := range z {
		if v > z[best] {
			best = j
		}
	}
	top := float64(z[best])
	target := float64(z[label])
	var sum float64
	for _, v := range z {
		sum += math.Exp(float64(v) - top)
	}
	for j := range grad {
		p := math.Exp(float64(z[j])-top) / sum
		if j == label {
			p--
		}
		grad[j] = T(float64(scale) * p)
	}
	loss = math.Log(sum) + top - target
	return loss, best == label && !math.IsNaN(loss)
}
