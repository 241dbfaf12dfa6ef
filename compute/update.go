package compute

// Update is the family that turns gradients into steps. The optimizers' one-pass forms are fused
// operations: see fused.go and steps.go.
type Update interface {
	// ClipScale computes the factor of gradient clipping by global norm, as PyTorch's
	// clip_grad_norm_:
	//
	//	norm  = √(Σ_p squares_p)                  Float64 [1]
	//	scale = min(1, limit / (norm + 1e-6))     Float [1]
	//
	// squares (Float64 [P]) holds each parameter's Σ g². limit ≤ 0 means no clipping: scale 1.
	// A NaN norm gives a NaN scale.
	ClipScale(scale, norm, squares Tensor, limit float64)

	// SymmetricPower sets dst to a power of a symmetric matrix a (n × n) with eigenvalues λ and
	// eigenvectors V, in float64:
	//
	//	dst = V diag(max(λ, floor)^power) Vᵀ
	//
	// Only a's lower triangle is read. dst, of a's type and shape, may be a. power is −1, −½, 0 or ½,
	// floor finite and positive; 2⁻⁴⁰ of a's Frobenius norm may be taken for a floor below that, where
	// eigenvalues are little more than rounding. If a holds NaN or infinities, all of dst is NaN.
	SymmetricPower(dst, a Tensor, power, floor float64)
}
