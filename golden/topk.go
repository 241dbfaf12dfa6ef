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
	rate := c.Optim.LearnedKLR
	if zero := 0.0; rate == nil && c.Kind == "top_k_module" {
		rate = &zero
	}
	cfg := model.TopKConfig{Kind: t.Approach, Blocks: max(t.Blocks, 1), TransitionEpochs: t.TransitionEpochs, SwitchThreshold: t.SwitchThreshold}
	switch t.Approach {
	case "learn_k_sigmoid":
		cfg.InitialK, cfg.Window, cfg.LR = t.InitialK, t.Window, rate
	case "learn_k_reinforce":
		stats, err := c.tensors.Get("init/top_k.learned_k_stats")
		if err != nil {
			return cfg, err
		}
		if stats.Len() != 2 {
			return cfg, fmt.Errorf("init/top_k.learned_k_stats is %v, not mean and scale", stats)
		}
		mean, scale := float64(stats.Float32s()[0]), float64(stats.Float32s()[1])
		cfg.InitialLogK, cfg.InitialScale, cfg.LR = &mean, &scale, c.Optim.LearnedKLR
	default:
		cfg.K = &t.KMin
	}
	if t.Approach == "gaba_switch_grad" && t.SwitchThreshold == nil {
		any := 1.0 // it never switches
		cfg.SwitchThreshold = &any
	}
	return cfg, t.check(&cfg)
}

// check returns an error for a parameter that the rule needs and the case does not give. Ranges are left
// alone: the reference may have begun where an experiment file may not.
func (t *topK) check(c *model.TopKConfig) error {
	rule, err := model.TopKs.Get(c.Kind)
	if err != nil {
		return missing("the Top-K rule %s", c.Kind)
	}
	for _, f := range []struct {
		field, name string
		given       bool
	}{
		{"k", "k_min", t.KMin > 0},
		{"transition_epochs", "transition_epochs", valueOr(c.TransitionEpochs, 0) > 0},
		{"switch_threshold", "switch_threshold", valueOr(c.SwitchThreshold, 0) > 0},
		{"initial_k", "learned_k_init", c.InitialK != nil},
		{"window", "window_fraction", c.Window != nil},
		{"lr", "learned_k_learning_rate", c.LR != nil},
	} {
		if !f.given && slices.Contains(rule.Value.Fields, f.field) {
			return fmt.Errorf("model.top_k: %s needs a positive %s", c.Kind, f.name)
		}
	}
	return nil
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

// logSampled compares each sample's k, as the network has drawn it, and what the reference logs of it.
func (r *replay) logSampled(mean, scale float64) {
	sampler, ok := r.e.Net.(model.KSampler)
	if !ok {
		r.report.fail("sampled_k", "the network draws no k")
		return
	}
	logs, drawn := sampler.SampledK()
	ks, densities := widen(r.floats(drawn)), widen(r.floats(logs))
	var sum float64
	for i, z := range densities {
		ks[i] = math.RoundToEven(ks[i])
		densities[i] = -(z-mean)*(z-mean)/(2*scale*scale) - math.Log(scale) - math.Log(2*math.Pi)/2
		sum += ks[i]
	}
	r.vector("sampled_k", r.step, ks, TensorBound{})
	r.vector("k_log_probs", r.step, densities, TensorBound{MaxAbs: 1e-5})
	r.metric("step/TopK_Act_0/mean_k_used", r.step, sum/float64(len(ks)), metricBound)
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
	if r.counters == nil {
		return
	}
	if before == nil {
		before = make([]float64, len(r.counters))
	}
	response, slope := make([]float64, len(before)), 2/valueOr(r.c.Model.TopK.SwitchThreshold, 1)
	for j, c := range before {
		response[j] = min(max(-1+slope*c, -1), 1)
	}
	name := "metric/" + prefix + "TopK_Act_0/"
	r.vector(name+"gaba_response", i, response, vectorBound)
	for _, counter := range gabaCounters {
		r.vector(name+counter, i, before, vectorBound)
	}
}

// gabaCounters are the reference's names of the activity counters, one for each rule.
var gabaCounters = []string{"neuron_binary_activation_counters", "neuron_activation_counters", "neuron_gradient_counters"}

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
