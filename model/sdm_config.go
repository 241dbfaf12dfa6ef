package model

import "noise2sparse/internal/problem"

// SDMConfig is the `model.sdm:` section: the switches of kind sdm.
type SDMConfig struct {
	NormalizeAddresses    bool `yaml:"normalize_addresses" default:"false" doc:"inputs, and each neuron's incoming weights after every step, have length 1"`
	NormalizeOutputRows   bool `yaml:"normalize_output_rows" default:"false" doc:"the weights into each output have length 1 after every step; what the reference calls norm_values"`
	NormalizeValueVectors bool `yaml:"normalize_value_vectors" default:"false" doc:"each neuron's outgoing weights have length 1 after every step"`
	NormalizeActivations  bool `yaml:"normalize_activations" default:"false" doc:"the hidden activations of each sample are scaled to length 1"`
	PositiveWeights       bool `yaml:"positive_weights" default:"false" doc:"inputs below 0 become 0, and so do weights after every step"`
	PositiveBiases        bool `yaml:"positive_biases" default:"false" doc:"with positive_weights: biases, and a learned k, too"`
	LearnAddresses        bool `yaml:"learn_addresses" default:"true" doc:"the weights before the hidden layer are trained; false: they stay as initialised"`
}

// check records everything wrong with the switches.
func (c *SDMConfig) check(ps *problem.List, m *Config) {
	in := ps.At("sdm")
	if m.Kind != "sdm" {
		if *c != (SDMConfig{LearnAddresses: true}) && *c != (SDMConfig{}) {
			in.Addf("", "is given, but model.kind is %s; give model.kind sdm, or leave it out", m.Kind)
		}
		return
	}
	if len(m.Hidden) != 1 {
		ps.Addf("hidden", "has %d layers; an sdm has one, such as [1000]", len(m.Hidden))
	}
	if m.Activation != "relu" {
		ps.Addf("activation", "is %s; an sdm has relu, and topk.kind says what comes behind it", m.Activation)
	}
	if c.PositiveBiases && !c.PositiveWeights {
		in.Addf("positive_biases", "needs positive_weights")
	}
	if c.NormalizeOutputRows && c.NormalizeValueVectors {
		in.Addf("normalize_value_vectors", "undoes normalize_output_rows: give one of them")
	}
	for _, f := range []struct {
		given bool
		name  string
	}{
		{m.Inhibition != nil, "inhibition"},
		{m.TiedWeights, "tied_weights"},
		{m.Projection != "" && m.Projection != "none", "projection"},
		{m.Dropout != 0, "dropout"},
	} {
		if f.given {
			ps.Addf(f.name, "is for model.kind ffn; an sdm does without")
		}
	}
}
