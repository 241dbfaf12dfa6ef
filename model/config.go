package model

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
)

// Config describes a network. It is the `model:` section of an experiment file.
type Config struct {
	Kind       string `yaml:"kind" default:"ffn" doc:"network family; see trainer list networks"`
	Hidden     []int  `yaml:"hidden" default:"[1000]" doc:"neurons of each hidden layer, from the input on"`
	Activation string `yaml:"activation" default:"relu" doc:"activation of the hidden layers; see trainer list activations"`
	HiddenBias bool   `yaml:"hidden_bias" default:"true" doc:"hidden layers have a bias vector"`
	OutputBias bool   `yaml:"output_bias" default:"true" doc:"the output layer has a bias vector"`
	SharedBias bool   `yaml:"shared_bias" default:"false" doc:"the first hidden layer has one trained number as the bias of all its neurons, in the place of a vector"`

	TiedWeights        bool                 `yaml:"tied_weights" default:"false" doc:"the output layer's weights are the first hidden layer's, transposed"`
	Projection         string               `yaml:"projection" default:"none" doc:"a trained square matrix, without a bias, on the input: none, before_noise or after_noise"`
	Dropout            float64              `yaml:"dropout" default:"0" doc:"probability with which each output of a hidden layer is set to 0 in training; the others are multiplied by 1/(1 - dropout)"`
	InputNormalization *NormalizationConfig `yaml:"input_normalization" doc:"subtract each channel's mean from the input and divide by its standard deviation, before projection and noise; null: none"`

	Inhibition *InhibitionConfig `yaml:"inhibition" doc:"inhibitory circuits in the hidden layers, in the place of the activation; null: none"`
	JumpReLU   JumpReLUConfig    `yaml:"jumprelu" doc:"activation jumprelu: the thresholds"`
	BatchTopK  BatchTopKConfig   `yaml:"batch_topk" doc:"activation batch_topk: how many win"`
	AuxK       *AuxKConfig       `yaml:"auxk" doc:"an auxiliary loss by which dead neurons of batch_topk learn from the error; null: none"`
	Attention  AttentionConfig   `yaml:"attention" doc:"kind attention: the associative memory"`
	SDM        SDMConfig         `yaml:"sdm" doc:"kind sdm: norms and signs"`
	ConvMixer  ConvMixerConfig   `yaml:"convmixer" doc:"kind convmixer: its shape"`
	ResNet50   ResNetConfig      `yaml:"resnet50" doc:"kind resnet50: its shape, by default ResNet-50's"`
}

// NoiseConfig describes the noise added to the network's input. It is the `noise:` section.
type NoiseConfig struct {
	Kind         string   `yaml:"kind" default:"gaussian" doc:"distribution; see trainer list noises"`
	Sigma        *float64 `yaml:"sigma" doc:"gaussian: standard deviation, in units of the input; 0 means no noise"`
	Scale        *float64 `yaml:"scale" doc:"laplace: scale b (standard deviation is b times the square root of 2), in units of the input"`
	Rate         *float64 `yaml:"rate" doc:"exponential: rate (mean 1/rate, one-sided); poisson: rate (mean rate, integers, not centred); must be positive"`
	InEvaluation bool     `yaml:"in_evaluation" default:"true" doc:"noise stays on in validation"`

	Anneal         *AnnealConfig `yaml:"anneal" doc:"the amount changes with epochs; null: it does not"`
	OffAfterEpochs *int          `yaml:"off_after_epochs" doc:"noise in the first N epochs only, then none, in validation neither; null: always"`
}

// Check records everything wrong with the network's description.
func (c *Config) Check(ps *problem.List) {
	if _, err := Networks.Get(c.Kind); err != nil {
		ps.Addf("kind", "%v", err)
	}
	if _, err := Activations.Get(c.Activation); err != nil && !c.OnImages() {
		ps.Addf("activation", "%v", err)
	}
	if len(c.Hidden) == 0 && !c.OnImages() {
		ps.Addf("hidden", "needs at least one layer, such as [1000]")
	}
	for i, n := range c.Hidden {
		if n < 1 || n > 1<<20 {
			ps.Addf("hidden", "layer %d has %d neurons; give 1 to %d", i, n, 1<<20)
		}
	}
	c.checkVariants(ps)
	c.checkInhibition(ps)
	c.checkJumpReLU(ps)
	c.checkBatchTopK(ps)
	c.checkAuxK(ps)
	c.checkAttention(ps)
	c.SDM.check(ps, c)
	c.checkImages(ps)
}

// maxNoise is the largest standard deviation or scale, and the inverse of the smallest rate: noise of
// many times that must still be finite in float32.
const maxNoise = 1e30

// Amount is the one parameter of the noise's distribution (sigma, scale or rate).
func (c *NoiseConfig) Amount() float64 {
	for _, p := range []*float64{c.Sigma, c.Scale, c.Rate} {
		if p != nil {
			return *p
		}
	}
	return 0
}

// Check records everything wrong with the noise's description.
func (c *NoiseConfig) Check(ps *problem.List) {
	e, err := Noises.Get(c.Kind)
	if err != nil {
		ps.Addf("kind", "%v", err)
		return
	}
	c.checkSchedule(e.Value.Field, ps)
	given := map[string]*float64{"sigma": c.Sigma, "scale": c.Scale, "rate": c.Rate}
	for _, field := range []string{"sigma", "scale", "rate"} {
		v := given[field]
		switch {
		case field != e.Value.Field && v != nil:
			ps.Addf(field, "is not a parameter of %s noise; give %s, and take this one away with %s: null", c.Kind, e.Value.Field, field)
		case field != e.Value.Field:
		case v == nil && e.Value.Field != "sigma":
			ps.Addf(field, "is missing: %s noise needs it", c.Kind)
		case v == nil:
		case math.IsNaN(*v) || math.IsInf(*v, 0) || *v < 0:
			ps.Addf(field, "is %v; give a finite number, at least 0", *v)
		case field == "rate" && *v == 0:
			ps.Addf(field, "is 0; a rate must be positive")
		case c.Kind == "poisson" && *v > compute.MaxPoissonRate:
			ps.Addf(field, "is %v; poisson rates up to %d are supported", *v, compute.MaxPoissonRate)
		case *v > maxNoise || field == "rate" && *v < 1/maxNoise:
			ps.Addf(field, "is %v; beyond what float32 noise can be: give 0 to %v (a rate: at least %v)", *v, maxNoise, 1/maxNoise)
		}
	}
}
