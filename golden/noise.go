package golden

import (
	"noise2sparse/compute"
	"noise2sparse/internal/array"
	"noise2sparse/model"
)

// recorded is a noise source of recorded draws: what is added in each training step, and in each
// validation batch.
type recorded struct {
	r     *replay
	draws [2]array.Array // by mode: (steps × B × d), or none
	given compute.Tensor
	// seen, if not nil, gets what the first training step computes.
	seen func(noised compute.Tensor)
}

// source reads a pair of tensors of draws. There is no noise where the case has none.
func (r *replay) source(train, val string) (*recorded, error) {
	s := &recorded{r: r}
	for m, name := range [2]string{model.Train: train, model.Eval: val} {
		if !r.c.tensors.Has(name) {
			continue
		}
		a, err := r.c.tensors.Get(name)
		if err != nil {
			return nil, err
		}
		s.draws[m] = a
		s.given = r.b.Alloc(compute.Float32, r.c.Batch, a.RowLen()/r.c.Batch)
	}
	return s, nil
}

// On implements model.NoiseSource: the evaluation at the end is without noise.
func (s *recorded) On(m model.Mode) bool { return len(s.draws[m].Bytes) > 0 && !s.r.silent }

// Add implements model.NoiseSource with the recorded noise.
func (s *recorded) Add(dst, src compute.Tensor, m model.Mode) {
	at := s.r.step
	if m == model.Eval {
		at = s.r.valStep
	}
	s.r.b.Upload(s.given, s.draws[m].Row(at))
	s.r.b.Binary(compute.Add, dst, src, s.given)
	if m == model.Train && at == 0 && s.seen != nil {
		s.seen(dst)
	}
}
