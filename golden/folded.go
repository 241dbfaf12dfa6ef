package golden

import (
	"fmt"
	"slices"
	"strings"

	"noise2sparse/compute"
)

// duplicated tells whether a mask chooses among neurons that come in equal pairs, j and j + n/2.
// Which one of a pair is kept is a library's choice, so that only their sums can be compared.
func (c *Case) duplicated() bool {
	t := c.Model.TopK
	if t == nil || !strings.HasSuffix(t.Approach, "_mask") || t.KMin%2 == 0 {
		return false
	}
	w, err := c.tensors.Get("init/hidden.0.weight")
	if err != nil || w.Rows()%2 == 1 {
		return false
	}
	v := w.Float32s()
	return slices.Equal(v[:len(v)/2], v[len(v)/2:])
}

// independent tells whether a tensor is the same whichever of a pair is kept.
func independent(name string) bool {
	return name == "act1/noised" || name == "act1/hidden.0.pre" || name == "act1/output"
}

// folds says how the pairs lie in the tensors that can be compared as sums: along the rows, or
// along the columns.
var folds = map[string]compute.Axis{
	"act1/hidden.0.post": compute.Columns, "grad1/output.weight": compute.Columns,
	"grad1/hidden.0.weight": compute.Rows, "grad1/hidden.0.bias": compute.Rows,
}

// folded compares the sums of pairs in a tensor; what is not listed in folds and depends on the
// choice is left out.
func (r *replay) folded(name string, got, want []float32, cols int, b TensorBound) {
	axis, ok := folds[name]
	if !ok {
		return
	}
	if axis == compute.Rows {
		cols = len(got)
	}
	maxAbs, normRel := difference(pairSums(got, cols), pairSums(want, cols))
	r.report.compared(name+" by pairs", min(ratio(maxAbs, b.MaxAbs), ratio(normRel, b.NormRel)), fmt.Sprintf("max|a-b| %.3g, ‖a-b‖/‖b‖ %.3g", maxAbs, normRel))
}

// pairSums adds the second half of each row of cols to its first.
func pairSums(v []float32, cols int) []float32 {
	var out []float32
	for ; len(v) > 0; v = v[cols:] {
		for j := range cols / 2 {
			out = append(out, v[j]+v[j+cols/2])
		}
	}
	return out
}
