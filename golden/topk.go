package golden

import (
	"fmt"
	"math"
	"slices"

	"noise2sparse/compute"
	"noise2sparse/internal/array"
	"noise2sparse/model"
)

// topK is the case's Top-K rule.
type topK struct {
	Approach         string   `json:"approach"`
	KMin             int      `json:"k_min"`
	KMax             int      `json:"k_max"`
	Blocks           int      `json:"blocks"`
	TransitionEpochs *int     `json:"transition_epochs"`
	SwitchThreshold  *float64 `json:"switch_threshold"`
	InitialK         *float64 `json:"learned_k_init"`
	Window           *float64 `json:"window_fraction"`
	EpochCounter     float64  `json:"epoch_counter"` // of a module's case
}

// topKConfig translates the rule; learn_k_shared_bias is plain ReLU.
func (c *Case) topKConfig() (model.TopKConfig, error) {
	t := c.Model.TopK
	if t == nil {
		return model.TopKConfig{Kind: model.NoTopK}, nil
	}
	cfg := model.TopKConfig{Kind: t.Approach, Blocks: t.Blocks, TransitionEpochs: t.TransitionEpochs, SwitchThreshold: t.SwitchThreshold}
	switch t.Approach {
	case "learn_k_sigmoid":
		cfg.InitialK, cfg.Window, cfg.LR = t.InitialK, t.Window, c.Optim.LearnedKLR
	case "learn_k_reinforce":
		stats, err := c.tensors.Get("init/top_k.learned_k_stats")
		if err != nil {
			return cfg, err
		}
		mean, scale := float64(stats.Float32s()[0]), float64(stats.Float32s()[1])
		cfg.InitialLogK, cfg.InitialScale, cfg.LR = &mean, &scale, c.Optim.LearnedKLR
	default:
		cfg.K = &t.KMin
	}
	return cfg, nil
}

// sdmConfig translates the switches of the SDM.
func (m *Model) sdmConfig() model.SDMConfig {
	if m.Architecture != "sdm" {
		return model.SDMConfig{}
	}
	return model.SDMConfig{
		NormalizeAddresses: m.NormalizeAddresses, NormalizeOutputRows: m.NormalizeValues, NormalizeActivations: m.NormalizeActivations,
		PositiveWeights: m.PositiveWeights, PositiveBiases: m.PositiveWeights && m.PositiveBiases, LearnAddresses: true,
	}
}

// recordedDeviates are the standard normal numbers of learn_k_reinforce.
type recordedDeviates struct {
	r     *replay
	eps   array.Array // (steps × B)
	given compute.Tensor
}

func (d *recordedDeviates) On(model.Mode) bool { return true }

// Add implements model.NoiseSource.
func (d *recordedDeviates) Add(dst, src compute.Tensor, _ model.Mode) {
	d.r.b.Upload(d.given, d.eps.Row(d.r.step))
	d.r.b.Binary(compute.Add, dst, src, d.given)
}

func (r *replay) deviates() (model.NoiseSource, error) {
	if !r.c.tensors.Has("reinforce_eps") {
		return nil, nil
	}
	eps, err := r.c.tensors.Get("reinforce_eps")
	return &recordedDeviates{r, eps, r.b.Alloc(compute.Float32, r.c.Batch, 1)}, err
}

// exact is for whole numbers.
var exact = Bound{}

// logTopK compares what a training step used of a learned k, before its update.
func (r *replay) logTopK() {
	for _, p := range r.e.Net.Params().List {
		v := r.floats(p.Value)
		switch p.Name {
		case "top_k.learned_k":
			k, n := float64(v[0]), float64(r.c.Model.Hidden[0])
			half := math.Floor(n * *r.c.Model.TopK.Window / 2)
			r.metric("step/learned_k", r.step, k, metricBound)
			r.metric("step/learned_k_int", r.step, math.RoundToEven(k), exact)
			r.metric("step/top_k_width", r.step, min(math.RoundToEven(k)+half, n-1), exact)
		case "top_k.learned_k_stats":
			r.logSampled(float64(v[0]), float64(v[1]))
			r.metric("step/learned_k_mean", r.step, float64(v[0]), metricBound)
			r.metric("step/learned_k_scale", r.step, float64(v[1]), metricBound)
			r.metric("step/TopK_Act_0/mean", r.step, math.Exp(float64(v[0])), metricBound)
			r.metric("step/TopK_Act_0/variance", r.step, math.Exp(float64(v[1])), metricBound)
		}
	}
}

// logSampled compares each sample's k and what the reference logs of it.
func (r *replay) logSampled(mean, scale float64) {
	eps, err := r.c.tensors.Get("reinforce_eps")
	if err != nil {
		r.report.fail("reinforce_eps", err.Error())
		return
	}
	row := eps.Slice(r.step, r.step+1).Float32s()
	limit := math.Log(float64(r.c.Model.Hidden[0]))
	ks, densities := make([]float64, len(row)), make([]float64, len(row))
	var sum float64
	for i, e := range row {
		z := min(max(mean+scale*float64(e), 0), limit)
		ks[i] = math.RoundToEven(math.Exp(z))
		densities[i] = -(z-mean)*(z-mean)/(2*scale*scale) - math.Log(scale) - math.Log(2*math.Pi)/2
		sum += ks[i]
	}
	r.vector("sampled_k", r.step, ks, TensorBound{})
	r.vector("k_log_probs", r.step, densities, TensorBound{MaxAbs: 1e-5})
	r.metric("step/TopK_Act_0/mean_k_used", r.step, sum/float64(len(row)), metricBound)
	r.activeAtMost(ks)
	r.logLargestK(ks)
}

// samplesK tells whether each sample has a k of its own.
func (r *replay) samplesK() bool {
	t := r.c.Model.TopK
	return t != nil && t.Approach == "learn_k_reinforce"
}

// logLargestK compares what the reference calls mean inhibition here: the mean of each sample's
// k-th largest activation for the largest k of the batch (FORMAT.md section 9). Our own metric takes
// each sample's own k.
func (r *replay) logLargestK(ks []float64) {
	pre := r.preActivation(r.e.Net.Hidden()[0])
	t, k := r.b.Alloc(r.b.Float(), pre.Rows()), r.b.Alloc(compute.Int32, 1)
	r.b.Fill(k, slices.Max(ks))
	r.b.TopKThreshold(t, pre, k)
	var sum float64
	for _, v := range r.floats(t) {
		sum += float64(v)
	}
	r.metric("step/TopK_Act_0/mean_inhib_amount", r.step, sum/float64(pre.Rows()), metricBound)
}

// activeAtMost checks that as many neurons are active for each sample as its k says, or fewer.
func (r *replay) activeAtMost(ks []float64) {
	post := r.e.Net.Hidden()[0].Post
	for i, f := range r.activePerSample(post) {
		if n := math.Round(f * float64(post.Cols())); n > ks[i] {
			r.report.fail("sampled_k", fmt.Sprintf("step %d: %v neurons are active for sample %d, whose k is %v", r.step+1, n, i, ks[i]))
		}
	}
}

// logGaba compares the counters before a batch and the response that they give. state is what the
// counters were before the batch's forward pass.
func (r *replay) logGaba(prefix string, i int) {
	before := r.counters
	for _, s := range r.e.Net.State() {
		if s.Name == "top_k.activation_counters" {
			r.counters = widen(r.floats(s.Tensor))
		}
	}
	t := r.c.Model.TopK
	if t == nil || t.SwitchThreshold == nil {
		return
	}
	if before == nil {
		before = make([]float64, r.c.Model.Hidden[0])
	}
	response := make([]float64, len(before))
	for j, c := range before {
		response[j] = min(max(-1 + 2 / *t.SwitchThreshold * c, -1), 1)
	}
	r.vector("metric/"+prefix+"TopK_Act_0/gaba_response", i, response, vectorBound)
	r.vector("metric/"+prefix+"TopK_Act_0/neuron_binary_activation_counters", i, before, vectorBound)
}

// buffers compares the network's state with what the case has of it under step1_buffer/ or final_buffer/.
func (r *replay) buffers(prefix string, b TensorBound) {
	for _, s := range r.e.Net.State() {
		switch {
		case !r.c.tensors.Has(prefix + s.Name):
		case s.Tensor.DType() == compute.Int64:
			r.count(prefix+s.Name, s.Tensor)
		default:
			r.tensor(prefix+s.Name, s.Tensor, b)
		}
	}
}
