package compute

// ActivityFuser is a backend that does CountActive in one pass.
type ActivityFuser interface {
	CountActive(fired, total, y, threshold, scratch Tensor)
}

// CountActive counts how the neurons of a layer fire, in activations y (B × n):
//
//	fired[j] += Σ_i [|y_ij| > threshold]    threshold [1], or Tensor{}: Σ_i [y_ij > 0]
//	total[j] += Σ_i y_ij
//
// fired and total are Float64 [n], or Tensor{} where nobody counts. NaN does not fire. scratch (B × n) is needed with a threshold alone.
func CountActive(b Backend, fired, total, y, threshold, scratch Tensor) {
	if f, ok := b.(ActivityFuser); ok {
		f.CountActive(fired, total, y, threshold, scratch)
		return
	}
	CountActiveComposed(b, fired, total, y, threshold, scratch)
}

// CountActiveComposed is the definition of CountActive.
func CountActiveComposed(b Backend, fired, total, y, threshold, scratch Tensor) {
	if fired.Valid() {
		counted := y
		if threshold.Valid() {
			counted = scratch
			b.Unary(Abs, counted, y)
			b.Binary(Sub, counted, counted, threshold) // above 0 exactly where |y| is above the threshold
		}
		b.Reduce(CountPositive, fired, counted, Columns, true)
	}
	if total.Valid() {
		b.Reduce(Sum, total, y, Columns, true)
	}
}
