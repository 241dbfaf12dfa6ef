package computetest

import (
	"math"

	"noise2sparse/compute"
)

func init() { mutants = append(mutants, softmaxMutants...) }

// replaceSoftmax makes RowSoftmax apply f to each row of scaled scores.
func replaceSoftmax(h *hooks, f func(row []float64)) {
	h.softmax = func(p, s, scale compute.Tensor) {
		v, factor := h.read(s), h.read(scale)[0]
		for i := range v {
			v[i] *= factor
		}
		for r := range s.Rows() {
			f(v[r*s.Cols() : (r+1)*s.Cols()])
		}
		h.Backend.Copy(p, h.temp(p, v))
	}
}

var softmaxMutants = []mutant{
	{"RowSoftmax does not subtract the maximum", "softmax/RowSoftmax", func(h *hooks, _ compute.Options) {
		replaceSoftmax(h, func(row []float64) {
			total := 0.0
			for j := range row {
				row[j] = math.Exp(row[j])
				total += row[j]
			}
			for j := range row {
				row[j] /= total
			}
		})
	}},
	{"RowSoftmax ignores the scale", "softmax/RowSoftmax", func(h *hooks, _ compute.Options) {
		whole := h.softmax
		h.softmax = func(p, s, scale compute.Tensor) { whole(p, s, h.temp(scale, []float64{1})) }
	}},
	{"RowSoftmax takes the first row's weights for all", "softmax/RowSoftmax", func(h *hooks, _ compute.Options) {
		whole := h.softmax
		h.softmax = func(p, s, scale compute.Tensor) {
			whole(p, s, scale)
			h.edit(p, func(v []float64) {
				for i := range v {
					v[i] = v[i%p.Cols()]
				}
			})
		}
	}},
	{"RowSoftmaxBackward forgets the mean", "softmax/RowSoftmaxBackward", func(h *hooks, _ compute.Options) {
		h.softmaxBack = func(ds, dp, p compute.Tensor) { h.Backend.Binary(compute.Mul, ds, dp, p) }
	}},
}
