package golden

import "fmt"

// vector compares row i of a recorded tensor, where the case has it.
func (r *replay) vector(name string, i int, got []float64, b TensorBound) {
	if want := r.row(name, i, len(got)); want != nil {
		r.compareRow(name, i, narrow(got), want, b)
	}
}

// row is row i of a recorded tensor of n numbers a row, or nil where there is none.
func (r *replay) row(name string, i, n int) []float32 {
	if !r.c.tensors.Has(name) {
		return nil
	}
	r.seen(name)
	want, err := r.c.tensors.Get(name)
	if err != nil || i >= want.Rows() || want.RowLen() != n {
		r.report.fail(name, fmt.Sprintf("the case has %v, to compare row %d with %d numbers (%v)", want, i, n, err))
		return nil
	}
	return want.Slice(i, i+1).Float32s()
}

// compareRow compares row i. Where 0/0 is recorded as NaN, it must be 0 here (DEVIATIONS.md).
func (r *replay) compareRow(name string, i int, got, want []float32, b TensorBound) {
	for j, v := range want {
		if v != v {
			want[j] = 0
		}
	}
	maxAbs, normRel := difference(got, want)
	r.report.compared(name, min(ratio(maxAbs, b.MaxAbs), ratio(normRel, b.NormRel)), fmt.Sprintf("row %d: max|a-b| %.3g, ‖a-b‖/‖b‖ %.3g", i, maxAbs, normRel))
}

func narrow(x []float64) []float32 {
	out := make([]float32, len(x))
	for j, v := range x {
		out[j] = float32(v)
	}
	return out
}

func widen(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}
