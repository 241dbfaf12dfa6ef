//go:build cgo && linux

package cuda

import "noise2sparse/compute"

// mustStep checks the tensors of an optimizer's step and returns their type.
func mustStep(op string, p, m, v, g compute.Tensor) compute.DType {
	dt := mustFloats(op, p, m, v, g)
	same := func(t compute.Tensor) bool { return !t.Valid() || t.Len() == p.Len() }
	must(same(m) && same(v) && same(g), op, "tensors of one length", p, m, v, g)
	return dt
}

// Adam implements compute.AdamFuser.
func (b *backend) Adam(p, m, v, g compute.Tensor, s compute.AdamScalars, beta1, beta2 float64) {
	dt := mustStep("Adam", p, m, v, g)
	mustFloats("Adam", p, s.Clip, s.StepSize, s.RootBC2, s.Eps)
	mustFloats("Adam", p, s.Decay, s.Beta1, s.OneMinus1)
	b.kernel(by(dt, "adam_f32", "adam_f64")).tensor(p).tensor(m).tensor(v).tensor(g).i64(int64(p.Len())).
		tensor(s.Clip).tensor(s.StepSize).tensor(s.RootBC2).tensor(s.Eps).tensor(s.Decay).tensor(s.Beta1).tensor(s.OneMinus1).
		float(dt, beta1).float(dt, 1-beta1).float(dt, beta2).float(dt, 1-beta2).packs(p.Len())
}

// SGD implements compute.SGDFuser.
func (b *backend) SGD(p, m, g, clip, lr compute.Tensor, momentum float64) {
	dt := mustStep("SGD", p, m, compute.Tensor{}, g)
	mustFloats("SGD", p, clip, lr)
	b.kernel(by(dt, "sgd_f32", "sgd_f64")).tensor(p).tensor(m).tensor(g).i64(int64(p.Len())).
		tensor(clip).tensor(lr).float(dt, momentum).packs(p.Len())
}

// RMSProp implements compute.RMSPropFuser.
func (b *backend) RMSProp(p, s, g, _ compute.Tensor, c compute.RMSScalars, keep, add float64) {
	dt := mustStep("RMSProp", p, s, compute.Tensor{}, g)
	mustFloats("RMSProp", p, c.Clip, c.LR, c.Eps)
	b.kernel(by(dt, "rms_prop_f32", "rms_prop_f64")).tensor(p).tensor(s).tensor(g).i64(int64(p.Len())).
		tensor(c.Clip).tensor(c.LR).tensor(c.Eps).float(dt, keep).float(dt, add).packs(p.Len())
}

// SparseAdam implements compute.SparseAdamFuser.
func (b *backend) SparseAdam(p, m, v, g, _ compute.Tensor, s compute.SparseAdamScalars, beta1, beta2 float64) {
	dt := mustStep("SparseAdam", p, m, v, g)
	mustFloats("SparseAdam", p, s.Clip, s.StepSize, s.Eps)
	b.kernel(by(dt, "sparse_adam_f32", "sparse_adam_f64")).tensor(p).tensor(m).tensor(v).tensor(g).i64(int64(p.Len())).
		tensor(s.Clip).tensor(s.StepSize).tensor(s.Eps).float(dt, 1-beta1).float(dt, 1-beta2).elements(p.Len())
}

// SparseSGD implements compute.SparseSGDFuser.
func (b *backend) SparseSGD(p, m, g, _, clip, lr compute.Tensor, momentum float64) {
	dt := mustStep("SparseSGD", p, m, compute.Tensor{}, g)
	mustFloats("SparseSGD", p, clip, lr)
	b.kernel(by(dt, "sparse_sgd_f32", "sparse_sgd_f64")).tensor(p).tensor(m).tensor(g).i64(int64(p.Len())).
		tensor(clip).tensor(lr).float(dt, momentum).elements(p.Len())
}
