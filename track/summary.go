package track

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"noise2sparse/internal/atomicfile"
)

const summaryName = "summary.json"

// Summary is summary.json: what came out of a run. A pointer is nil, and its name left out, where
// the run does not have it (val_accuracy of a reconstruction).
type Summary struct {
	Experiment         string           `json:"experiment"`
	Job                string           `json:"job,omitempty"`
	Seed               uint64           `json:"seed"`
	Epochs             int              `json:"epochs"` // done
	Steps              uint64           `json:"steps"`  // done
	Attempts           int              `json:"attempts"`
	Device             string           `json:"device"`
	TrainLoss          Float            `json:"train_loss"`
	ValLoss            *Float           `json:"val_loss,omitempty"`
	ValAccuracy        *Float           `json:"val_accuracy,omitempty"` // fraction
	ValActiveFraction  *Float           `json:"val_active_fraction,omitempty"`
	ValDeadFraction    *Float           `json:"val_dead_fraction,omitempty"`
	TrainDeadFraction  *Float           `json:"train_dead_fraction,omitempty"`
	MsPerStep          Float            `json:"ms_per_step"` // milliseconds
	SamplesPerSecond   Float            `json:"samples_per_second"`
	Seconds            Float            `json:"seconds"` // of training, all attempts together
	BestEpoch          *int             `json:"best_epoch,omitempty"`
	BestMetric         string           `json:"best_metric,omitempty"`
	BestValue          *Float           `json:"best_value,omitempty"`
	StoppedEarly       bool             `json:"stopped_early,omitempty"`
	DictionaryElements *int             `json:"dictionary_elements,omitempty"` // of the generated data's known dictionary
	DictionaryFound    *int             `json:"dictionary_found,omitempty"`    // recovered by a neuron
	ConfigSHA256       string           `json:"config_sha256"`
	DataSHA256         string           `json:"data_sha256"`
	Version            string           `json:"version"`
	Metrics            map[string]Float `json:"metrics,omitempty"` // last value of each metric
}

// Value is a shorthand for the optional fields.
func Value(v float64) *Float { f := Float(v); return &f }

// WriteSummary writes summary.json; an earlier one, of the same run, is replaced.
func (r *Run) WriteSummary(s Summary) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(r.dir, summaryName)
	return explain(path, "cannot write", atomicfile.Write(path, append(b, '\n')))
}

// ReadSummary returns summary.json of the run in dir; the error is fs.ErrNotExist where there is
// none yet.
func ReadSummary(dir string) (s Summary, err error) {
	path := filepath.Join(dir, summaryName)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	if err != nil {
		return s, explain(path, "cannot read", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("%s: damaged: %w", path, err)
	}
	return s, nil
}
