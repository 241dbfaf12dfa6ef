package launch

import (
	"encoding/json"
	"strings"
	"time"

	"noise2sparse/model"
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
	// large one. Where there are too many sizes of networks to build all, it is "others": from the
	// first one, by weights and batch size; Parameters and Disk are then counted from shapes alone.
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

const (
	// timeForPaces bounds how long an estimate tries steps, over all sizes of networks.
	timeForPaces = 2 * time.Second
	// timeForSizes is when it stops to build networks.
	timeForSizes = 4 * time.Second
)

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
	each := max(timeForPaces/time.Duration(max(len(sizes), 1)), timeForPaces/20)
	clear(sizes)
	began := time.Now()
	var first *Task
	for _, t := range p.Tasks {
		k := sizeKey(t.Config) + sets.key(t.Config)
		s, ok := sizes[k]
		if !ok {
			var err error
			if first == nil || time.Since(began) < timeForSizes {
				s, err = p.size(t, sets, each)
			} else {
				s, err = guess(t, sets, first, sizes[sizeKey(first.Config)+sets.key(first.Config)])
			}
			if err != nil {
				return nil, err
			}
			if sizes[k] = s; first == nil {
				first = t
			}
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
	switch s.timeFrom {
	case fromOthers:
		d.addNote("there are too many sizes of networks to try all: the others' figures follow from the first one's, by weights and batch size")
	case fromProducts:
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
	timeFrom   string
	standIn    bool
}

// What Estimate.TimeFrom can be.
const (
	fromSteps    = "steps"
	fromProducts = "products"
	fromOthers   = "others"
)

// estimate is what a task of this size costs.
func (s size) estimate(t *Task) Estimate {
	c := t.Config
	e := Estimate{
		Job: t.ID, Dir: t.Dir, Action: t.Action, Epochs: c.Epochs, Parameters: s.parameters,
		Steps: uint64(s.steps) * uint64(c.Epochs), MsPerStep: 1e3 * s.pace.Seconds(), TimeFrom: s.timeFrom,
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
	b, err := p.Device.openFor(t.Config, set.Dataset)
	if err != nil {
		return s, err
	}
	defer b.Close()
	e, err := train.NewEngine(b, t.Config, set.Dataset, train.Replace{})
	if err != nil {
		return s, err
	}
	s = sizeOf(set, t.Config)
	s.parameters, s.timeFrom = e.Net.Params().Count(), fromProducts
	for _, buffers := range [][]train.Buffer{e.ModelBuffers(), e.StateBuffers()} {
		for _, x := range buffers {
			s.checkpoint += int64(x.Tensor.Bytes())
		}
	}
	timed := false
	if s.pace, timed, err = train.Pace(e, within); timed {
		s.timeFrom = fromSteps
	}
	return s, err
}

// sizeOf is what follows from the data.
func sizeOf(set *known, c train.Config) size {
	batches := func(n int) int { return (n + c.BatchSize - 1) / c.BatchSize }
	return size{steps: batches(set.train), valBatches: batches(set.val), standIn: set.standIn}
}

// guess is the size of a task from its shapes alone, and from that of the first task, which was built.
func guess(t *Task, sets *datasets, first *Task, of size) (size, error) {
	set, err := sets.known(t.Config)
	if err != nil {
		return size{}, err
	}
	if err := checkFit(t.Config, set.Dataset); err != nil {
		return size{}, err
	}
	weights := func(c train.Config) float64 {
		out := set.Train.X.RowLen()
		if c.Task == "classification" {
			out = set.Classes
		}
		n, _ := c.Model.Least(model.Spec{Input: set.Train.X.RowLen(), Output: out, Batch: c.BatchSize})
		return max(n, 1)
	}
	s := sizeOf(set, t.Config)
	ratio := weights(t.Config) / weights(first.Config)
	s.parameters, s.checkpoint, s.timeFrom = int(ratio*float64(of.parameters)), int64(ratio*float64(of.checkpoint)), fromOthers
	s.pace = time.Duration(ratio * float64(of.pace) * float64(t.Config.BatchSize) / float64(first.Config.BatchSize))
	return s, nil
}
