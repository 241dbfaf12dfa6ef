package golden

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"noise2sparse/compute"
	"noise2sparse/internal/safetensors"
	"noise2sparse/metric"
	"noise2sparse/model"
	"noise2sparse/train"
)

// vectorBound is for recorded vectors of metrics (FORMAT.md section 11).
var vectorBound = TensorBound{NormRel: 1e-5}

// logStep compares what the reference logs in a training step: what the step has added to the
// epoch's counts, with the weights that its forward pass had.
func (r *replay) logStep() {
	before := r.counted
	if r.step%r.c.PerEpoch == 0 {
		before = nil
	}
	r.counted = r.e.MeasureTraining(r.step%r.c.PerEpoch + 1)
	r.logGaba("step/", r.step)
	r.logged("step/", "TRAIN_", r.step, delta(r.counted, before, r.c.Batch))
}

// afterEvalStep compares what the reference logs for a validation batch.
func (r *replay) afterEvalStep() {
	before, batches := r.valCounted, (r.valRows+r.c.Batch-1)/r.c.Batch
	if r.valStep%batches == 0 {
		before = nil
	}
	r.valCounted = r.e.MeasureEvaluation()
	one := delta(r.valCounted, before, r.c.Batch)
	weights := r.e.MeasureTraining(r.c.PerEpoch)
	for i := range one.Layers {
		l, w := &one.Layers[i], &weights.Layers[i]
		l.RowNorms, l.Bias, l.PreviousBias = w.RowNorms, w.Bias, w.PreviousBias
	}
	r.metric("val_step/loss", r.valStep, one.Loss/float64(r.c.Batch), r.c.Tolerance.Loss)
	r.logGaba("val_step/", r.valStep)
	r.logged("val_step/", "VAL_", r.valStep, one)
	r.valStep++
}

// logged compares batch i's metrics and vectors.
func (r *replay) logged(prefix, split string, i int, one *metric.Snapshot) {
	got := map[string]float64{}
	metric.Compute("batch", one, got)
	for l, h := range r.e.Net.Hidden() {
		for _, p := range stepMetrics {
			if p.ours == "topk_threshold" && r.samplesK() {
				continue // compared by logSampled: the reference has one k for the batch there
			}
			r.pair(prefix+fmt.Sprintf(p.recorded, l), i, got, "batch/"+r.ofLayer(p.ours, h.Name), p.of, h.Width)
		}
		for _, p := range stageMetrics {
			r.pair(prefix+fmt.Sprintf(p.recorded, l), i, got, "batch/"+p.ours+"/"+h.Name+".before_inhibition", p.of, h.Width)
		}
		r.loggedVectors(fmt.Sprintf("metric/%slayer_%d/", prefix, l), i, h, &one.Layers[l])
	}
	for _, p := range wholeMetrics {
		r.pair(prefix+split+p.recorded, i, got, "batch/"+p.ours, p.of, 1)
	}
}

// loggedVectors compares a layer's vectors for batch i.
func (r *replay) loggedVectors(name string, i int, h *model.Hidden, l *metric.Layer) {
	r.vector(name+"L2_norm", i, l.RowNorms, vectorBound)
	r.vector(name+"neuron_bias_terms", i, l.Bias, vectorBound)
	if r.c.tensors.Has(name + "Active_Neurons") {
		r.vector(name+"Active_Neurons", i, r.activePerSample(h.Post), TensorBound{MaxAbs: 1.01 / float64(h.Width)})
	}
	if r.c.tensors.Has(name + "Neuron_Act_Vals_BInd_0") {
		r.vector(name+"Neuron_Act_Vals_BInd_0", i, widen(r.floats(h.Post.Head(1))), vectorBound)
	}
	if r.c.tensors.Has(name + "PreInhib_Circuit_Active_Neurons") {
		r.vector(name+"PreInhib_Circuit_Active_Neurons", i, r.activePerSample(r.preActivation(h)), TensorBound{MaxAbs: 1.01 / float64(h.Width)})
	}
}

// ofLayer is the key of a layer's metric: with the layer's name where there are several.
func (r *replay) ofLayer(metricName, layer string) string {
	if len(r.e.Net.Hidden()) == 1 {
		return metricName
	}
	return metricName + "/" + layer
}

// pair compares element i of a recorded metric with one of ours, which must then be there.
func (r *replay) pair(recorded string, i int, got map[string]float64, ours string, of, width int) {
	if _, ok := r.c.Metrics[recorded]; !ok {
		return
	}
	v, ok := got[ours]
	if !ok {
		r.report.fail(recorded, "there is no metric "+ours+" to compare with")
		return
	}
	bound := metricBound
	switch of {
	case samples:
		bound = Bound{Abs: 1.01 / float64(r.c.Batch)}
	case neurons:
		bound = Bound{Abs: 1.01 / float64(width)}
	case pairs:
		bound = Bound{Abs: 1.01 / float64(width*r.c.Batch)}
	}
	r.metric(recorded, i, v, bound)
}

// firstWidth is the number of neurons of the first hidden layer.
func (r *replay) firstWidth() int {
	if hidden := r.e.Net.Hidden(); len(hidden) > 0 {
		return hidden[0].Width
	}
	return 1
}

// Progress implements train.Watcher.
func (r *replay) Progress(train.Progress) {}

// EpochDone implements train.Watcher: it compares the epoch's line of metrics.
func (r *replay) EpochDone(epoch int, got map[string]float64) {
	i := epoch - 1
	for recorded, ours := range map[string]string{"train/loss": "train/loss", "val/loss": "val/loss"} {
		r.metric("epoch/"+recorded, i, got[ours], r.c.Tolerance.Loss)
	}
	r.metric("epoch/train/accuracy", i, got["train/accuracy"], Bound{Abs: 1.01 / float64(r.c.Batch*r.c.PerEpoch)})
	r.metric("epoch/val/accuracy", i, got["val/accuracy"], Bound{Abs: 1.01 / float64(max(1, r.valRows))})
	r.metric("epoch/learning_rate", i, got["train/learning_rate"], Bound{Rel: 1e-12})
	r.metric("epoch/noise_amount", i, got["train/noise_amount"], metricBound)
	r.metric("epoch/k", i, got["train/k"], exact)
	noise := r.c.noise()
	noise.Anneal = r.c.Model.Noise.Anneal.config()                           // of any kind: the reference logs what it would be
	r.metric("epoch/Diffusion_Noise", i, noise.AmountAt(epoch), metricBound) // of the next epoch
	for _, p := range epochMetrics(r.countsFiring()) {
		if !strings.Contains(p.recorded, "%d") { // the reference looks at the first layer alone
			r.pair("epoch/"+p.recorded, i, got, r.ofLayer(p.ours, "hidden.0"), p.of, r.firstWidth())
			continue
		}
		for l, h := range r.e.Net.Hidden() {
			ours := r.ofLayer(p.ours, h.Name)
			if strings.Contains(p.ours, "%d") {
				ours = fmt.Sprintf(p.ours, l)
			}
			r.pair("epoch/"+fmt.Sprintf(p.recorded, l), i, got, ours, p.of, h.Width)
		}
	}
}

// countsFiring tells whether the reference counts a neuron's samples, not its activation.
func (r *replay) countsFiring() bool { return r.c.Model.Activation != "relu" }

// neuronFiles compares the run folder's vectors per neuron.
func (r *replay) neuronFiles(dir string) error {
	share := "train/activity_share/"
	if r.countsFiring() {
		share = "train/firing_share/"
	}
	for epoch := 1; epoch <= r.c.Epochs; epoch++ {
		f, err := safetensors.Read(filepath.Join(dir, "neurons", fmt.Sprintf("%d.safetensors", epoch)))
		if err != nil {
			return err
		}
		for l, h := range r.e.Net.Hidden() {
			vectors := map[string]string{
				fmt.Sprintf("layer_%d/perc_time_neuron_active", l):                  share + h.Name,
				fmt.Sprintf("layer_%d/PreInhib_Circuit_perc_time_neuron_active", l): share + h.Name + ".before_inhibition",
			}
			if l == 0 {
				vectors["cosine_sim_to_transpose"] = "encoder_decoder_cosine/" + h.Name
			}
			for recorded, ours := range vectors {
				if !r.c.tensors.Has("metric/epoch/" + recorded) {
					continue
				}
				a, err := f.Get(ours)
				if err != nil {
					return err
				}
				// The reference has 1e-15 for a share of 0: equal within the bound.
				r.vector("metric/epoch/"+recorded, epoch-1, widen(a.Float32s()), vectorBound)
			}
		}
	}
	return nil
}

// activePerSample is, for each sample, the fraction of a layer's neurons that are active, from
// outputs (B × n); below 0 counts where the activation can be negative.
func (r *replay) activePerSample(post compute.Tensor) []float64 {
	out := make([]float64, post.Rows())
	threshold, magnitude := 0., func(v float64) float64 { return v }
	if a := r.c.Model.Activation; a != "relu" && a != "top_k" {
		threshold, magnitude = r.c.Model.ActivityThreshold, math.Abs
	}
	for i, v := range r.floats(post) {
		if magnitude(float64(v)) > threshold {
			out[i/post.Cols()] += 1 / float64(post.Cols())
		}
	}
	return out
}
