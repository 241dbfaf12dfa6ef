package golden

import (
	"fmt"

	"noise2sparse/model"
	"noise2sparse/optim"
	"noise2sparse/train"
)

// MissingError names what a case needs and this build does not have.
type MissingError struct{ Feature string }

func (e *MissingError) Error() string { return "needs " + e.Feature + ", which is not there yet" }

func missing(format string, args ...any) error { return &MissingError{fmt.Sprintf(format, args...)} }

// config translates the case. The error is a *MissingError where something is not there yet.
func (c *Case) config() (train.Config, error) {
	if err := c.unsupported(); err != nil {
		return train.Config{}, err
	}
	every := c.Epochs // one checkpoint, at the end
	m := &c.Model
	cfg := train.Config{
		Task: c.Model.Task, Dataset: "golden", Epochs: c.Epochs, BatchSize: c.Batch,
		Model: model.Config{
			Kind: m.kind(), Hidden: c.Model.Hidden, Activation: c.Model.Activation,
			HiddenBias: c.hiddenBias(), OutputBias: c.Model.OutputBias,
		},
		Noise:      c.noise(),
		Optimizer:  c.Optim.config(c.separateBiases()),
		Metrics:    train.MetricsConfig{ActivityThreshold: c.Model.ActivityThreshold},
		Validation: train.ValidationConfig{EveryEpochs: 1},
		Checkpoint: train.CheckpointConfig{EveryEpochs: &every, KeepLast: 1, BestMetric: "val/loss"},
		Compute:    train.ComputeConfig{Precision: "float32"},
	}
	m.variants(&cfg.Model)
	m.images(&cfg.Model)
	cfg.Regularization = m.regularization()
	cfg.Model.Inhibition = m.Inhibition.config()
	cfg.Model.Attention = model.AttentionConfig{Beta: m.Beta, Normalize: m.NormalizeKeys}
	cfg.Metrics.NeuronVectorsEveryEpochs = 1
	cfg.Metrics.Extra = c.extra()
	cfg.Model.SDM = m.sdmConfig()
	if m.Architecture == "sdm" {
		cfg.Model.Activation = "relu"
	}
	if err := c.complete(); err != nil {
		return cfg, err
	}
	var err error
	cfg.TopK, err = c.topKConfig()
	return cfg, err
}

// hiddenBias tells whether hidden layers have bias vectors. With one bias for all neurons of the first
// layer the field speaks of that layer, so a deeper one's parameters decide.
func (c *Case) hiddenBias() bool {
	if m := &c.Model; m.SharedBias && len(m.Hidden) > 1 {
		return c.tensors.Has("init/hidden.1.bias")
	}
	return c.Model.HiddenBias
}

// noise translates the case's noise, of which only gaussian anneals.
func (c *Case) noise() model.NoiseConfig {
	n, amount := c.Model.Noise, c.Model.Noise.Amount
	cfg := model.NoiseConfig{Kind: n.Distribution, InEvaluation: !n.OffDuringEval || n.Distribution != "gaussian"}
	if n.Distribution == "gaussian" || n.Distribution == "" {
		cfg.Anneal = n.Anneal.config()
	}
	switch n.Distribution {
	case "": // the case knows of no noise
		cfg.Kind, cfg.Sigma = "gaussian", &amount
	case "gaussian":
		cfg.Sigma = &amount
	case "laplace":
		cfg.Scale = &amount
	default:
		cfg.Rate = &amount
	}
	return cfg
}

// unsupported returns a *MissingError for the first thing that is not there.
func (c *Case) unsupported() error {
	m := &c.Model
	if c.Kind != "training" && c.Kind != "resnet50_formula" {
		return missing("cases of kind %s", c.Kind)
	}
	if _, err := model.Networks.Get(m.kind()); err != nil {
		return missing("the %s network", m.Architecture)
	}
	if _, err := model.Activations.Get(m.Activation); err != nil && m.Architecture == "ffn" {
		return missing("the activation %s", m.Activation)
	}
	if _, err := optim.Optimizers.Get(c.Optim.Name); err != nil {
		return missing("the optimizer %s", c.Optim.Name)
	}
	return nil
}

// extra are the metrics that must be asked for. All cases ask for all of them: what is measured
// changes nothing of the training.
func (c *Case) extra() []string {
	if c.Model.onImages() {
		return nil
	}
	if c.Model.Task == "classification" {
		return []string{"bias_effect"}
	}
	return []string{"bias_effect", "closest_target", "cosine"}
}
