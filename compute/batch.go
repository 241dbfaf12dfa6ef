package compute

// Batch is a training batch on its way from the dataset into a network. What is not given is left out.
type Batch struct {
	Row, Table Tensor // (1 × c), (steps × c): this step's row of a schedule
	Number     Tensor // Int64 [1]: of the step in its epoch

	Index  Tensor // Int32 [B]: the samples' rows in the dataset
	Stride int    // samples of every batch but the last
	Seed   uint64 // of the order of the samples
	Epoch  Tensor // Int64 [1]

	Clean, Samples    Tensor // (B × d), (n × d): the samples, of any type that Gather widens
	Normal, Mean, Std Tensor // (B × d), [d], [d], or none of them: the samples normalised
	Noisy             Tensor // (B × d), or Tensor{}: the samples with noise
	Noise             Noise
	Step              Tensor // Int64 [1], of the noise
}

// BatchFuser is a backend that does TakeBatch in one pass.
type BatchFuser interface{ TakeBatch(t Batch) }

// TakeBatch takes a step's samples, in an order that changes with the epoch, and adds noise to them:
//
//	row = table[number]
//	index = Shuffle: places number·stride and following of a permutation keyed by seed and epoch
//	clean = samples[index],  v = clean
//	normal = (clean − mean) / std,  v = normal
//	noisy = v + noise
func TakeBatch(b Backend, t Batch) {
	if f, ok := b.(BatchFuser); ok {
		f.TakeBatch(t)
		return
	}
	TakeBatchComposed(b, t)
}

// TakeBatchComposed is the definition of TakeBatch.
func TakeBatchComposed(b Backend, t Batch) {
	b.Gather(t.Row, t.Table, t.Number)
	b.Shuffle(t.Index, t.Samples.Rows(), t.Seed, t.Epoch, t.Number, t.Stride)
	b.Gather(t.Clean, t.Samples, t.Index)
	v := t.Clean
	if t.Normal.Valid() {
		b.Binary(Sub, t.Normal, v, t.Mean)
		b.Binary(Div, t.Normal, t.Normal, t.Std)
		v = t.Normal
	}
	if t.Noisy.Valid() {
		b.AddNoise(t.Noisy, v, t.Noise, t.Step)
	}
}
