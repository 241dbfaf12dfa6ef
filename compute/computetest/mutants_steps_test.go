package computetest

import (
	"slices"

	"noise2sparse/compute"
)

// stepMutants are faults of the optimizers' steps.
var stepMutants = []mutant{
	{"steps: SGD keeps a damped gradient", "steps/SGD", func(h *hooks, _ compute.Options) {
		h.sgd = func(p, m, g, clip, lr compute.Tensor, momentum float64) {
			if m.Valid() {
				h.Backend.Axpby(1-momentum, g, 0, g)
			}
			compute.SGDComposed(h.Backend, p, m, g, clip, lr, momentum)
		}
	}},
	{"steps: SGD does not clip", "steps/SGD", func(h *hooks, _ compute.Options) {
		h.sgd = func(p, m, g, clip, lr compute.Tensor, momentum float64) {
			compute.SGDComposed(h.Backend, p, m, g, h.temp(clip, []float64{1}), lr, momentum)
		}
	}},
	{"steps: RMSProp adds ε under the root", "steps/RMSProp", func(h *hooks, _ compute.Options) {
		h.rmsProp = func(p, s, g, scratch compute.Tensor, c compute.RMSScalars, keep, add float64) {
			h.Backend.Binary(compute.Add, s, s, c.Eps)
			compute.RMSPropComposed(h.Backend, p, s, g, scratch, c, keep, add)
		}
	}},
	{"steps: SparseAdam decays moments without a gradient", "steps/SparseAdam", func(h *hooks, _ compute.Options) {
		h.sparseAdam = func(p, m, v, g, scratch compute.Tensor, s compute.SparseAdamScalars, beta1, beta2 float64) {
			old, grad := h.read(m), h.read(g)
			compute.SparseAdamComposed(h.Backend, p, m, v, g, scratch, s, beta1, beta2)
			h.edit(m, func(x []float64) {
				for i := range x {
					if grad[i] == 0 {
						x[i] = beta1 * old[i]
					}
				}
			})
		}
	}},
	{"steps: SparseAdam moves parameters without a gradient", "steps/SparseAdam", func(h *hooks, _ compute.Options) {
		h.sparseAdam = func(p, m, v, g, scratch compute.Tensor, s compute.SparseAdamScalars, beta1, beta2 float64) {
			old, moment, grad := h.read(p), h.read(m), h.read(g)
			compute.SparseAdamComposed(h.Backend, p, m, v, g, scratch, s, beta1, beta2)
			h.edit(p, func(x []float64) {
				for i := range x {
					if grad[i] == 0 {
						x[i] = old[i] - 1e-3*moment[i]
					}
				}
			})
		}
	}},
	{"steps: Stepper leaves frozen parts alone", "steps/Stepper", stepperMutant(func(p *compute.Part) {
		if p.Frozen {
			p.Constraint = compute.Constraint{}
		}
	})},
	{"steps: Stepper steps frozen parts", "steps/Stepper", stepperMutant(func(p *compute.Part) { p.Frozen = false })},
	{"steps: Stepper takes the first group's rate for all", "steps/Stepper", stepperMutant(func(p *compute.Part) { p.Group = 0 })},
	{"steps: Stepper leaves signs alone where rows have norms", "steps/Stepper", stepperMutant(func(p *compute.Part) {
		if p.Constraint.Unit == compute.UnitRows {
			p.Constraint.Positive = false
		}
	})},
	{"steps: Stepper's last row keeps its norm", "steps/Stepper", func(h *hooks, _ compute.Options) {
		h.step = func(s *compute.Stepper, clip, rows compute.Tensor) {
			s.StepComposed(h.Backend, clip, rows)
			for i := range s.Parts {
				if p := &s.Parts[i]; p.Constraint.Unit == compute.UnitRows && p.Rows == 11 {
					last := s.Value(p).Slice(10, 11)
					h.Backend.Axpby(1.25, last, 0, last)
				}
			}
		}
	}},
	{"SymmetricPower forgets the floor", "update/SymmetricPower", func(h *hooks, _ compute.Options) {
		h.power = func(dst, a compute.Tensor, power, _ float64) { h.Backend.SymmetricPower(dst, a, power, 1e-30) }
	}},
	{"SymmetricPower of half the power", "update/SymmetricPower", func(h *hooks, _ compute.Options) {
		h.power = func(dst, a compute.Tensor, power, floor float64) { h.Backend.SymmetricPower(dst, a, power/2, floor) }
	}},
	{"SymmetricPower reads both triangles", "update/SymmetricPower", func(h *hooks, _ compute.Options) {
		h.power = func(dst, a compute.Tensor, power, floor float64) {
			v, n := h.read(a), a.Rows()
			for i := range n {
				for j := range i {
					v[i*n+j] = (v[i*n+j] + v[j*n+i]) / 2
				}
			}
			h.Backend.SymmetricPower(dst, h.temp(a, v), power, floor)
		}
	}},
}

// stepperMutant does the step with parts that change has changed.
func stepperMutant(change func(p *compute.Part)) func(h *hooks, o compute.Options) {
	return func(h *hooks, _ compute.Options) {
		h.step = func(s *compute.Stepper, clip, rows compute.Tensor) {
			c := *s
			c.Parts = slices.Clone(s.Parts)
			for i := range c.Parts {
				change(&c.Parts[i])
			}
			c.StepComposed(h.Backend, clip, rows)
		}
	}
}
