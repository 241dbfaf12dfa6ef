package launch

import (
	"encoding/json"
	"strings"
	"time"

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
	// MsPerStep is that of this machine alone with the job: timed where TimeFrom is "steps". Where a step
	// takes too long to try, TimeFrom is "products": their time at train.PaceFraction of the speed of a
	// large one.
	MsPerStep float64 `json:"ms_per_step"`
	TimeFrom  string  `json:"time_from"`
	// Seconds are those of all steps, and of the validations, which take a third of a step for each
	// batch. Reading data, saving and metrics that cost a pass of their own are left out.
	Seconds float64 `json:"seconds"`
	// Disk is about what the run folder will hold, in bytes: checkpoints (one more than are kept,
	// while the newest is written) and a kilobyte of metrics an epoch.
	Disk int64 `json:"disk_bytes"`
}

// DryRun is what `trainer run --dry-run --json` prints.
type DryRun struct {
	Experiment string     `json:"experiment"`
	Jobs       []Estimate `json:"jobs"`
	Seconds    float64    `json:"seconds"`             // of the jobs not done yet, one after the other
	Disk       int64      `json:"disk_bytes"`          // of the jobs not done yet
	Notes      []string   `json:"notes,omitempty"`     // what the figures rest on
	NotReady   []string   `json:"not_ready,omitempty"` // why it can't be run yet
	Scripts    []string   `json:"scripts,omitempty"`   // that a cluster would get
}

// timeForPaces bounds how long an estimate tries steps, over all sizes of networks.
const timeForPaces = 2 * time.Second

// Estimate says what the jobs would cost. It reads the data where they are here, builds the networks,
// tries a few steps, and writes nothing.
func (p *Plan) Estimate() (*DryRun, error) {
	out := &DryRun{Experiment: p.Name}
	sets := newDatasets(p.DataDir, p.Tasks)
	sizes := map[string]size{}
	for _, t := range p.Tasks {
		k := sizeKey(t.Config) + sets.key(t.Config)
		if _, ok := sizes[k]; !ok {
			sizes[k] = size{}
		}
	}
	left := timeForPaces
	each := left / time.Duration(max(len(sizes), 1))
	clear(sizes)
	for _, t := range p.Tasks {
		k := sizeKey(t.Config) + sets.key(t.Config)
		s, ok := sizes[k]
		if !ok {
			var err error
			if s, err = p.size(t, sets, each); err != nil {
				return nil, err
			}
			sizes[k] = s
			out.note(t, s)
		}
		e := s.estimate(t)
		if t.Action != Skip {
			out.Disk += e.Disk
			out.Seconds += e.Seconds
		}
		out.Jobs = append(out.Jobs, e)
	}
	if err := p.Ready(); err != nil {
		out.NotReady = strings.Split(err.Error(), "\n")
	}
	return out, nil
}

// note adds what the figures of a size rest on, once.
func (d *DryRun) note(t *Task, s size) {
	if s.standIn {
		d.addNote(t.Config.Dataset + " is not here; its size is known, and trainer data get " + t.Config.Dataset + " fetches it")
	}
	if !s.timed {
		d.addNote("a step takes too long to try it: its time is that of its matrix products at 60 % of the speed of a large one")
	}
}

func (d *DryRun) addNote(note string) {
	for _, n := range d.Notes {
		if n == note {
			return
		}
	}
	d.Notes = append(d.Notes, note)
}

// size is what the cost of a run follows from.
type size struct {
	parameters int
	steps      int   // of an epoch
	valBatches int   // of a validation
	checkpoint int64 // bytes
	pace       time.Duration
	timed      bool
	standIn    bool
}

// estimate is what a task of this size costs.
func (s size) estimate(t *Task) Estimate {
	c := t.Config
	e := Estimate{
		Job: t.ID, Dir: t.Dir, Action: t.Action, Epochs: c.Epochs, Parameters: s.parameters,
		Steps: uint64(s.steps) * uint64(c.Epochs), MsPerStep: 1e3 * s.pace.Seconds(), TimeFrom: "products",
	}
	if s.timed {
		e.TimeFrom = "steps"
	}
	validations := (c.Epochs + c.Validation.EveryEpochs - 1) / c.Validation.EveryEpochs
	e.Seconds = s.pace.Seconds() * (float64(e.Steps) + float64(validations*s.valBatches)/3)
	kept := int64(c.Checkpoint.KeepLast) + 1
	if c.Checkpoint.KeepBest {
		kept++
	}
	e.Disk = kept*s.checkpoint + int64(c.Epochs)*1000
	return e
}

// sizeKey is equal for configurations whose runs have the same size on the same data.
func sizeKey(c train.Config) string {
	b, err := json.Marshal([]any{c.Task, c.BatchSize, c.Model, c.TopK, c.Optimizer.Kind, c.Compute, c.Augmentation != nil})
	if err != nil { // cannot happen, see datasets.key
		panic(err)
	}
	return string(b)
}

// size builds the task's engine to measure it, and tries steps for some time.
func (p *Plan) size(t *Task, sets *datasets, within time.Duration) (s size, err error) {
	set, err := sets.known(t.Config)
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
	batches := func(n int) int { return (n + t.Config.BatchSize - 1) / t.Config.BatchSize }
	s.parameters, s.steps, s.valBatches, s.standIn = e.Net.Params().Count(), batches(set.train), batches(set.val), set.standIn
	for _, buffers := range [][]train.Buffer{e.ModelBuffers(), e.StateBuffers()} {
		for _, x := range buffers {
			s.checkpoint += int64(x.Tensor.Bytes())
		}
	}
	s.pace, s.timed, err = train.Pace(e, within)
	return s, err
}
