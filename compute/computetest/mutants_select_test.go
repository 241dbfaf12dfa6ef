package computetest

import (
	"slices"

	"noise2sparse/compute"
)

func init() { mutants = append(mutants, selectMutants...) }

var selectMutants = []mutant{
	{"TopKMask keeps all equal entries", "select/TopKTies", func(h *hooks, _ compute.Options) {
		h.topK = func(y, threshold, x, k compute.Tensor) {
			before := h.read(x)
			t := h.Backend.Alloc(x.DType(), x.Rows())
			h.Backend.TopKMask(y, t, x, k)
			bounds := h.read(t)
			h.edit(y, func(v []float64) {
				for i := range v {
					if before[i] > 0 && before[i] == bounds[i/x.Cols()] {
						v[i] = before[i]
					}
				}
			})
			if threshold.Valid() {
				h.Backend.Copy(threshold, t)
			}
		}
	}},
	{"TopKMask prefers the highest index", "select/TopKTies", func(h *hooks, _ compute.Options) {
		h.topK = func(y, threshold, x, k compute.Tensor) {
			backwards := func(t compute.Tensor) []float64 {
				v := h.read(t)
				for r := range t.Rows() {
					slices.Reverse(v[r*t.Cols() : (r+1)*t.Cols()])
				}
				return v
			}
			h.Backend.TopKMask(y, threshold, h.temp(x, backwards(x)), k)
			h.Backend.Copy(y, h.temp(y, backwards(y)))
		}
	}},
	{"TopKMask takes the first k for all rows", "select/TopKPerRow", func(h *hooks, _ compute.Options) {
		h.topK = func(y, threshold, x, k compute.Tensor) { h.Backend.TopKMask(y, threshold, x, k.At(0)) }
	}},
	{"TopKMask misses the last entry", "select/TopK", func(h *hooks, _ compute.Options) {
		h.topK = func(y, threshold, x, k compute.Tensor) {
			v := h.read(x)
			for i := x.Cols() - 1; i < len(v); i += x.Cols() {
				v[i] = 0
			}
			h.Backend.TopKMask(y, threshold, h.temp(x, v), k)
		}
	}},
}
