package golden

import (
	"math"

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
			r.metric("step/learned_k_mean", r.step, float64(v[0]), metricBound)
			r.metric("step/learned_k_scale", r.step, float64(v[1]), metricBound)
			r.metric("step/TopK_Act_0/mean", r.step, math.Exp(float64(v[0])), metricBound)
			r.metric("step/TopK_Act_0/variance", r.step, math.Exp(float64(v[1])), metricBound)
		}
	}
}

// buffers compares the network's state with the case's, under step1_buffer/ or final_buffer/.
func (r *replay) buffers(prefix string) {
	for _, s := range r.e.Net.State() {
		if r.c.tensors.Has(prefix + s.Name) {
			r.tensor(prefix+s.Name, s.Tensor, TensorBound{NormRel: 1e-5})
		}
	}
}
