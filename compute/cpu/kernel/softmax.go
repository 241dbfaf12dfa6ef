package kernel

import "math"

// Softmax sets each row of p (rows × cols) to the softmax of scale times the same row of s, which
// it may be. They are added in the order of Sum. A row with a NaN, or whose
// largest scaled score is infinite, is NaN.
func Softmax[T Float](p, s []T, rows, cols int, scale T) {
	for i := range rows {
		softmaxRow(p[i*cols:][:cols], s[i*cols:][:cols], scale)
	}
}

func softmaxRow[T Float](p, s []T, scale T) {
	top := T(math.Inf(-1))
	for _, v := range s {
		top = max(top, scale*v) // NaN if either is
	}
	for j, v := range s {
		p[j] = T(math.Exp(float64(T(scale*v) - top)))
	}
	sum := Sum(p)
	for j, v := range p {
		p[j] = T(float64(v) / sum)
	}
}

// SoftmaxBackward sets ds_ij = p_ij (dp_ij − Σ_k p_ik dp_ik), all (rows × cols), with the sum in
// float64.
func SoftmaxBackward[T Float](ds, dp, p []T, rows, cols int) {
	for i := range rows {
		dp, p, ds := dp[i*cols:][:cols], p[i*cols:][:cols], ds[i*cols:][:cols]
		var mean float64
		for j, v := range p {
			mean += float64(float64(v) * float64(dp[j])) // rounded: not fused
		}
		for j, v := range p {
			ds[j] = T(float64(v) * (float64(dp[j]) - mean))
		}
	}
}
