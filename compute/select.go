package compute

// Select is the family of choices within rows: the k largest entries, without sorting the row.
//
// Entries are compared as relu(x) = max(x, 0): negative entries and -0 count as 0, NaN as the
// largest of all, so that a network that diverged shows it. Among equal entries the one with the
// lowest index comes first. k (Int32, Int64 or Float, in device memory) is one number for all rows,
// [1], or one for each, [B]; it is rounded half to even and clamped to 1..n (NaN counts as 1). x is
// (B × n), Float32 or Float64.
type Select interface {
	// TopKMask sets y to relu(x) at the k first entries of each row, to 0 elsewhere. y may be x.
	// threshold (of B elements; Tensor{} where nobody asks) becomes each row's k-th largest entry.
	TopKMask(y, threshold, x, k Tensor)

	// TopKThreshold sets dst (of B elements) to the k-th largest of relu(x) in each row, which is 0
	// where fewer than k entries are positive.
	TopKThreshold(dst, x, k Tensor)

	// TopKWindow is Top-K with a soft edge, so that k (Float [1]) has a gradient. With K = k rounded
	// half to even and kept in 1-half..n-1+half, hi = min(K + half, n-1), lo = max(K - half, 0) and
	// w = hi - lo, the entries of rank 0..lo-1 in their row have weight 1, those of rank lo+i (i < w) have
	//
	//	weight_i = 1 - sigmoid(t_i - (k - K)),  t = linspace(-(K-lo)·20/w, (hi-K)·20/w, w)
	//
	// (both ends included; w = 1: the first), all others 0. A weight w that 1 + w rounds away in x's type
	// is 0, as 1 - sigmoid is there. Then, all (B × n),
	//
	//	y      = weight · relu(x)          y may be x
	//	weight = weight where x > 0, else 0
	//	slope  = ∂y/∂k = weight_i (1 - weight_i) · relu(x) inside the window, else 0
	//
	// threshold (of B elements, or Tensor{}) becomes the hi-th largest entry of each row. A k that is
	// NaN makes everything NaN.
	TopKWindow(y, weight, slope, threshold, x, k Tensor, half int)
}
