// Package golden replays cases that the reference research code has computed (data, noise, batches
// and every number recorded) through the same loop, layers and optimizers as a real run, and
// compares. Only the noise source and the batch order are replaced.
package golden

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Case is one recorded case: a folder with case.json and tensors.safetensors.
type Case struct {
	Name   string
	Kind   string `json:"kind"`
	Model  Model  `json:"model"`
	Optim  Optim  `json:"optimizer"`
	Steps  int    `json:"steps"`
	Batch  int    `json:"batch_size"`
	Epochs int    `json:"epochs"`
	// PerEpoch is the number of steps of an epoch.
	PerEpoch  int                        `json:"steps_per_epoch"`
	Loss      []float64                  `json:"loss"`
	Metrics   map[string]json.RawMessage `json:"metrics"`
	Tolerance Tolerance                  `json:"tolerance"`
	Groups    []Group                    `json:"parameter_groups"`
	// ParameterOrder numbers the parameters of a case of kind resnet50_formula.
	ParameterOrder []string `json:"parameter_order"`

	tensors *tensorFile
}

// Model holds the fields of the case's model that decide what it needs.
type Model struct {
	Architecture       string         `json:"architecture"`
	Task               string         `json:"task"`
	InputSize          int            `json:"input_size"`
	OutputSize         int            `json:"output_size"`
	Hidden             []int          `json:"hidden_sizes"`
	Activation         string         `json:"activation"`
	HiddenBias         bool           `json:"use_hidden_bias"`
	OutputBias         bool           `json:"use_output_bias"`
	SharedBias         bool           `json:"use_shared_hidden_bias"`
	TieWeights         bool           `json:"tie_weights"`
	Projection         string         `json:"projection"`
	InputNormalization *normalization `json:"input_normalization"`
	Inhibition         *inhibition    `json:"inhibition"`
	Beta               float64        `json:"beta_init"`
	NormalizeKeys      bool           `json:"l2_normalize_keys_and_queries"`
	ActivationL1       *float64       `json:"activation_l1"`
	ActivityThreshold  float64        `json:"activity_threshold"`
	WeightL1           *float64       `json:"weight_l1"`
	WeightL2           *float64       `json:"weight_l2"`

	TopK                 *topK `json:"top_k"`
	NormalizeAddresses   bool  `json:"normalize_addresses"`
	NormalizeValues      bool  `json:"normalize_values"`
	NormalizeActivations bool  `json:"normalize_activations"`
	PositiveWeights      bool  `json:"positive_weights"`
	PositiveBiases       bool  `json:"positive_biases"`

	imageModel

	Noise struct {
		Distribution  string  `json:"distribution"`
		Amount        float64 `json:"amount"`
		OffDuringEval bool    `json:"off_during_eval"`
		Anneal        *anneal `json:"anneal"`
	} `json:"noise"`
}

// Tolerance is how far results may be from the recorded ones (FORMAT.md section 11).
type Tolerance struct {
	Loss      Bound       `json:"loss"`
	LossStep1 Bound       `json:"loss_step1"`
	Act1      TensorBound `json:"act1"`
	Grad1     TensorBound `json:"grad1"`
	Step1     TensorBound `json:"step1"`
	Final     TensorBound `json:"final"`
	Opt       TensorBound `json:"opt"`
	Eval      TensorBound `json:"eval"`
	Output    TensorBound `json:"output"`     // of a module's case
	GradInput TensorBound `json:"grad_input"` // the same
	forwardTolerance
}

// Bound admits |a − b| ≤ Abs + Rel·|b|.
type Bound struct {
	Rel float64 `json:"rtol"`
	Abs float64 `json:"atol"`
}

// TensorBound admits max|a − b| ≤ MaxAbs or ‖a − b‖ / ‖b‖ ≤ NormRel.
type TensorBound struct {
	MaxAbs  float64 `json:"max_abs"`
	NormRel float64 `json:"norm_rel"`
}

// Load reads the case in dir.
func Load(dir string) (*Case, error) {
	c := &Case{Name: filepath.Base(dir)}
	path := filepath.Join(dir, "case.json")
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if b, err = plain(b); err == nil {
		err = json.Unmarshal(b, c)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c.Model.settle()
	c.tensors, err = readTensors(filepath.Join(dir, "tensors.safetensors"))
	return c, err
}

// settle makes the activation what it is where the architecture leaves the field no say.
func (m *Model) settle() {
	if m.TopK != nil && m.TopK.Approach == "learn_k_shared_bias" {
		m.TopK = nil // relu, with a bias that neurons share
	}
	switch {
	case m.Inhibition != nil, m.Architecture == "sdm" && m.TopK == nil:
		m.Activation = "relu"
	case m.Architecture == "sdm":
		m.Activation = "top_k"
	}
}

// List returns the folders in dir that hold a case, sorted.
func List(dir string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*", "case.json"))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no cases there (a case is a folder with case.json)", dir)
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found, nil
}
