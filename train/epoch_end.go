package train

import (
	"errors"
	"maps"
	"slices"
	"time"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/metric"
	"noise2sparse/track"
)

// measure reads what the epoch just ended has counted, evaluates where that is due, and writes
// the epoch's line of metrics, and its vectors.
func (r *runner) measure(steps int) error {
	epoch, last := r.loop.EpochsDone, r.loop.EpochsDone == r.Config.Epochs
	values := map[string]float64{}
	training := r.e.MeasureTraining(steps)
	metric.Compute("train", training, values)

	// A run that stops early evaluates too, so training metrics decide on that before the evaluation
	// and validation metrics behind it.
	r.stopEarly(values, "train/")
	var validation *metric.Snapshot
	if r.e.val.n > 0 && (last || r.loop.Stopped || epoch%r.Config.Validation.EveryEpochs == 0) {
		r.e.Evaluate(epoch - 1)
		validation = r.e.MeasureEvaluation()
		metric.Compute("val", validation, values)
		r.stopEarly(values, "val/")
	}
	if err := r.Backend.Sync(); err != nil {
		return err
	}
	if err := r.checkMetrics(values, validation != nil); err != nil {
		return err
	}
	r.loop.Best.consider(r.Config.Checkpoint.BestMetric, epoch, values)
	r.fresh = values
	values["time/ms_per_step"] = r.clock.lastMsPerStep()
	if err := r.Folder.Metrics(epoch, r.loop.StepsDone, values); err != nil {
		return err
	}
	if every := r.Config.Metrics.NeuronVectorsEveryEpochs; every > 0 && (last || r.loop.Stopped || epoch%every == 0) {
		if err := r.Folder.WriteNeurons(epoch, r.e.neuronVectors(training, validation)); err != nil {
			return err
		}
	}
	if r.last == nil {
		r.last = map[string]float64{}
	}
	maps.Copy(r.last, values) // an epoch without validation keeps the last one's
	if r.Watch != nil {
		r.Watch.EpochDone(epoch, r.last)
	}
	return nil
}

// neuronVectors are the per-neuron vectors of each hidden layer, float32 [n].
func (e *Engine) neuronVectors(training, validation *metric.Snapshot) []array.Named {
	var out []array.Named
	add := func(name string, v []float64) {
		f := make([]float32, len(v))
		for i, x := range v {
			f[i] = float32(x)
		}
		out = append(out, array.Named{Name: name, Array: array.Array{DType: dtype.Float32, Shape: []int{len(f)}, Bytes: rawBytes(f)}})
	}
	split := func(prefix string, s *metric.Snapshot) {
		for _, l := range slices.Concat(s.Layers, s.Stages) {
			fired := l.FiringFractions(s.Samples)
			entropy, mean := make([]float64, len(fired)), make([]float64, len(fired))
			for j, f := range fired {
				entropy[j] = metric.BinaryEntropy(f)
				mean[j] = l.Total[j] / float64(max(1, s.Samples))
			}
			add(prefix+"/firing_fraction/"+l.Name, fired)
			add(prefix+"/firing_entropy/"+l.Name, entropy)
			add(prefix+"/mean_activation/"+l.Name, mean)
			add(prefix+"/activity_share/"+l.Name, metric.Shares(l.Total))
			add(prefix+"/firing_share/"+l.Name, metric.Shares(l.Fired))
			if b := l.BiasEffect; b != nil {
				add(prefix+"/pre_bias_active_fraction/"+l.Name, over(b.Active, b.Samples))
				if b.Woken != nil {
					add(prefix+"/bias_woken_fraction/"+l.Name, over(b.Woken, b.Samples))
					add(prefix+"/bias_silenced_fraction/"+l.Name, over(b.Silenced, b.Samples))
				}
			}
		}
	}
	split("train", training)
	if validation != nil {
		split("val", validation)
	}
	for i, h := range e.Net.Hidden() {
		l := &training.Layers[i]
		add("weight_norm/"+h.Name, l.RowNorms)
		if l.Bias != nil {
			add("bias/"+h.Name, l.Bias)
		}
		if l.Cosine != nil {
			add("encoder_decoder_cosine/"+h.Name, l.Cosine)
		}
	}
	return out
}

// over divides counts by their number of samples; 0 of none.
func over(counts []float64, samples float64) []float64 {
	out := make([]float64, len(counts))
	for j, n := range counts {
		out[j] = n / max(1, samples)
	}
	return out
}

// saveDue says whether a checkpoint is to be saved at the epoch's end: the configuration's word,
// else at most once a minute; always at the end of the run.
func (r *runner) saveDue() bool {
	c := &r.Config.Checkpoint
	switch {
	case r.loop.EpochsDone == r.Config.Epochs || r.loop.Stopped:
		return true
	case c.EverySteps != nil && r.loop.StepsDone%uint64(*c.EverySteps) == 0:
		return true
	case c.EveryEpochs != nil:
		return r.loop.EpochsDone%*c.EveryEpochs == 0
	case c.EverySteps != nil:
		return false
	}
	return time.Since(r.saved) >= time.Minute
}

// save takes a snapshot and returns while it is being written.
func (r *runner) save() error {
	snap, err := r.saver.Begin()
	if err != nil {
		return err
	}
	download(r.Backend, r.e.ModelBuffers(), snap.Model)
	download(r.Backend, r.e.savedState(), snap.Optimizer)
	if err := r.Backend.Sync(); err != nil {
		r.saver.Discard(snap)
		return err
	}
	// The last update may have broken what the loss before it did not show.
	if !allFinite(snap.Model) {
		r.saver.Discard(snap)
		return r.nonFinite(max(r.loop.StepsDone, 1) - 1)
	}
	snap.Step, snap.Epoch = r.loop.StepsDone, r.loop.EpochsDone
	r.loop.Last = track.Floats(r.last)
	snap.State, snap.Versions = r.loop, versions(r.Job)
	// Which checkpoint is best is decided by metrics measured on its very weights.
	snap.Metrics = nil
	if r.loop.StepInEpoch == 0 {
		snap.Metrics = r.fresh
	}
	r.saved = time.Now()
	return r.saver.Save(snap)
}

// summarise writes what came out of the run.
func (r *runner) summarise() (track.Summary, error) {
	s := r.summary()
	if r.Finish != nil {
		if err := errors.Join(r.Finish(r.e, &s), r.Backend.Sync()); err != nil {
			return s, err
		}
	}
	return s, r.Folder.WriteSummary(s)
}
