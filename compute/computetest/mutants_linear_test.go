package computetest

import "noise2sparse/compute"

func init() { mutants = append(mutants, linearMutants...) }

func (h *hooks) LinearReLU(y, x, w, bias, fired, total, mask compute.Tensor) {
	h.linear.forward(h, y, x, w, bias, fired, total, mask)
}

func (h *hooks) LinearReLUBackward(dpre, dbias, dy, v, post, mask compute.Tensor) {
	h.linear.backward(h, dpre, dbias, dy, v, post, mask)
}

func (h *hooks) LinearGradient(dw, dbias, dy, x compute.Tensor) {
	h.linear.gradient(h, dw, dbias, dy, x)
}

var linearMutants = []mutant{
	{"linear: no bias", "linear/LinearReLU", func(h *hooks, _ compute.Options) {
		h.linear.forward = func(_ compute.Backend, y, x, w, _, fired, total, _ compute.Tensor) {
			compute.LinearReLUComposed(h.Backend, y, x, w, compute.Tensor{}, fired, total)
		}
	}},
	{"linear: total starts anew", "linear/LinearReLU", func(h *hooks, _ compute.Options) {
		h.linear.forward = func(_ compute.Backend, y, x, w, bias, fired, total, _ compute.Tensor) {
			if total.Valid() {
				h.Backend.Fill(total, 0)
			}
			compute.LinearReLUComposed(h.Backend, y, x, w, bias, fired, total)
		}
	}},
	{"linear: counts what is not below 0", "linear/LinearReLU", func(h *hooks, _ compute.Options) {
		h.linear.forward = func(_ compute.Backend, y, x, w, bias, fired, total, _ compute.Tensor) {
			compute.LinearReLUComposed(h.Backend, y, x, w, bias, compute.Tensor{}, total)
			if fired.Valid() {
				h.edit(fired, func(n []float64) {
					for j := range n {
						n[j] += float64(y.Rows())
					}
				})
			}
		}
	}},
	{"linear: NaN is not active", "linear/LinearReLUNonFinite", func(h *hooks, _ compute.Options) {
		h.linear.forward = func(_ compute.Backend, y, x, w, bias, fired, total, _ compute.Tensor) {
			compute.LinearReLUComposed(h.Backend, y, x, w, bias, fired, total)
			h.edit(y, func(v []float64) {
				for i := range v {
					if v[i] != v[i] {
						v[i] = 0
					}
				}
			})
		}
	}},
	{"linear: the gradient passes where the sum is 0", "linear/LinearReLUBackward", func(h *hooks, _ compute.Options) {
		h.linear.backward = func(_ compute.Backend, dpre, dbias, dy, v, post, _ compute.Tensor) {
			old := h.read(post)
			h.edit(post, func(v []float64) {
				for i := range v {
					if v[i] == 0 && i%5 == 4 {
						v[i] = 1
					}
				}
			})
			compute.LinearReLUBackwardComposed(h.Backend, dpre, dbias, dy, v, post)
			h.edit(post, func(v []float64) { copy(v, old) })
		}
	}},
	{"linear: dbias is added to", "linear/LinearGradient", func(h *hooks, _ compute.Options) {
		h.linear.gradient = func(_ compute.Backend, dw, dbias, dy, x compute.Tensor) {
			h.Backend.Fill(dbias, 0)
			for range 2 {
				h.Backend.Matmul(dw, dy, x, true, false, 1, 0)
				h.Backend.Reduce(compute.Sum, dbias, dy, compute.Columns, true)
			}
		}
	}},
	{"linear: dbias of the unmasked gradient", "linear/LinearReLUBackward", func(h *hooks, _ compute.Options) {
		h.linear.backward = func(_ compute.Backend, dpre, dbias, dy, v, post, _ compute.Tensor) {
			h.Backend.Matmul(dpre, dy, v, false, false, 1, 0)
			if dbias.Valid() {
				h.Backend.Reduce(compute.Sum, dbias, dpre, compute.Columns, false)
			}
			compute.ReLUBackwardComposed(h.Backend, dpre, compute.Tensor{}, dpre, post)
		}
	}},
}
