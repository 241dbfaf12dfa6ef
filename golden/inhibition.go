package golden

import "noise2sparse/model"

// inhibition is the case's inhibitory circuit.
type inhibition struct {
	Kind           string  `json:"kind"`
	OnlyInhibitory bool    `json:"only_inhibitory"`
	Steps          int     `json:"steps"`
	StepSize       float64 `json:"step_size"`
}

// config translates; nil is none.
func (in *inhibition) config() *model.InhibitionConfig {
	if in == nil {
		return nil
	}
	return &model.InhibitionConfig{Kind: in.Kind, OnlyInhibitory: in.OnlyInhibitory, Steps: in.Steps, StepSize: in.StepSize}
}
