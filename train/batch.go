package train

import "noise2sparse/compute"

// BatchOrder decides which samples make up each training batch.
type BatchOrder interface {
	// Batch sets index (Int32 [n]) to the rows of the current step's batch. The last batch of an
	// epoch may be smaller than the others.
	Batch(index compute.Tensor)
}

// shuffled is a new order of all samples in each epoch, without replacement: batch k takes places
// k·size and following of a permutation keyed by seed and epoch.
type shuffled struct {
	b            compute.Backend
	samples      int
	size         int // of all batches but the last
	seed         uint64
	epoch, batch compute.Tensor // Int64 [1]
}

func (s *shuffled) Batch(index compute.Tensor) {
	s.b.Shuffle(index, s.samples, s.seed, s.epoch, s.batch, s.size)
}
