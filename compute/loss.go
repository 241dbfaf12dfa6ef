package compute

// Loss is the family of losses, forward and backward in one pass.
type Loss interface {
	// CrossEntropy computes, for each row i of logits (B × c) with label y_i (Int32 [B]),
	//
	//	loss_i = log Σ_j exp(z_ij − max_j z_ij) + max_j z_ij − z_iy    (natural log)
	//
	// and sets total (Float64 [1]) to Σ_i loss_i, correct (Float64 [1]) to the number of rows
	// whose largest logit is at y_i (ties: the lowest index), and grad (B × c) to
	// scale · (softmax(z_i) − onehot(y_i)). grad may be Tensor{} in evaluation. A label out of
	// range gives a loss of NaN and a gradient of 0 for its row.
	CrossEntropy(total, correct, grad, logits, labels Tensor, scale float64)
}
