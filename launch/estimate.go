package launch

import (
	"encoding/json"

	"noise2sparse/train"
)

// Estimate is what a job would cost.
type Estimate struct {
	Job        string `json:"job"`
	Dir        string `json:"dir"`
	Action     Action `json:"action"`
	Parameters int    `json:"parameters"`
	Epochs     int    `json:"epochs"`
	Steps      uint64 `json:"steps"`
	// Disk is about what the run folder will hold, in bytes: checkpoints (one more than are kept,
	// while the newest is written) and a kilobyte of metrics an epoch.
	Disk int64 `json:"disk_bytes"`
}

// DryRun is what `trainer run --dry-run --json` prints.
type DryRun struct {
	Experiment string     `json:"experiment"`
	Jobs       []Estimate `json:"jobs"`
	Disk       int64      `json:"disk_bytes"`        // of the jobs not done yet
	Scripts    []string   `json:"scripts,omitempty"` // that a cluster would get
}

// Estimate says what the jobs would cost. It reads the data, builds the networks and writes nothing.
func (p *Plan) Estimate() (*DryRun, error) {
	out := &DryRun{Experiment: p.Name}
	sets := newDatasets(p.DataDir, p.Tasks)
	sizes := map[string]size{}
	for _, t := range p.Tasks {
		e := Estimate{Job: t.ID, Dir: t.Dir, Action: t.Action, Epochs: t.Config.Epochs}
		k := sizeKey(t.Config) + sets.key(t.Config)
		s, ok := sizes[k]
		if !ok {
			var err error
			if s, err = p.size(t, sets); err != nil {
				return nil, err
			}
			sizes[k] = s
		}
		c := t.Config.Checkpoint
		kept := int64(c.KeepLast) + 1
		if c.KeepBest {
			kept++
		}
		e.Parameters, e.Steps = s.parameters, uint64(s.stepsPerEpoch)*uint64(t.Config.Epochs)
		e.Disk = kept*s.checkpoint + int64(t.Config.Epochs)*1000
		if t.Action != Skip {
			out.Disk += e.Disk
		}
		out.Jobs = append(out.Jobs, e)
	}
	return out, nil
}

type size struct {
	parameters    int
	stepsPerEpoch int
	checkpoint    int64 // bytes
}

// sizeKey is equal for configurations whose runs have the same size on the same data.
func sizeKey(c train.Config) string {
	b, err := json.Marshal([]any{c.Task, c.BatchSize, c.Model, c.Optimizer, c.Compute})
	if err != nil { // cannot happen, see datasets.key
		panic(err)
	}
	return string(b)
}

// size builds the task's engine to measure it.
func (p *Plan) size(t *Task, sets *datasets) (s size, err error) {
	set, err := sets.get(t.Config)
	if err != nil {
		return s, err
	}
	if err := checkFit(t.Config, set.Dataset); err != nil {
		return s, err
	}
	b, err := p.Device.open(t.Config)
	if err != nil {
		return s, err
	}
	defer b.Close()
	e, err := train.NewEngine(b, t.Config, set.Dataset, train.Replace{})
	if err != nil {
		return s, err
	}
	s.parameters, s.stepsPerEpoch = e.Net.Params().Count(), e.StepsPerEpoch()
	for _, buffers := range [][]train.Buffer{e.ModelBuffers(), e.StateBuffers()} {
		for _, x := range buffers {
			s.checkpoint += int64(x.Tensor.Bytes())
		}
	}
	return s, nil
}
