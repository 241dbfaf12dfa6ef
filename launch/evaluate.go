package launch

import (
	"fmt"

	"noise2sparse/experiment"
	"noise2sparse/internal/problem"
	"noise2sparse/metric"
	"noise2sparse/model"
	"noise2sparse/track"
	"noise2sparse/train"
)

// EvalOptions say what Evaluate evaluates.
type EvalOptions struct {
	Path    string   // run folder, or one of its checkpoint folders
	Noise   *float64 // sigma, scale or rate of the noise; nil: as in the run's own validation
	DataDir string
	Device  Device
}

// Evaluation is what `trainer eval --json` prints.
type Evaluation struct {
	Run        string                 `json:"run"`
	Checkpoint string                 `json:"checkpoint"`
	Epoch      int                    `json:"epoch"`
	Step       uint64                 `json:"step"`
	Dataset    string                 `json:"dataset"`
	DataSHA256 string                 `json:"data_sha256"`
	Samples    int                    `json:"samples"`
	Noise      EvalNoise              `json:"noise"`
	Device     string                 `json:"device"`
	Metrics    map[string]track.Float `json:"metrics"` // by name, such as "val/loss"

	Warnings []string `json:"warnings,omitempty"`
}

// EvalNoise is the noise during an evaluation.
type EvalNoise struct {
	Kind   string  `json:"kind"`
	Amount float64 `json:"amount"` // sigma, scale or rate; 0 where the noise is off
}

// Evaluate passes the validation samples through the network that a run has learned, with the
// newest intact checkpoint or the one given, and writes nothing. With the run's own noise it draws
// the same noise as the run's last validation, so it repeats that one's numbers.
func Evaluate(o EvalOptions) (*Evaluation, error) {
	dir, path, err := track.Find(o.Path)
	if err != nil {
		return nil, wrong("", "%v", err)
	}
	if dir == "" {
		return nil, wrong("", "%s lies in no run folder, so its configuration is not known", path)
	}
	e, err := loadConfig(dir, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: its configuration can't be read: %w", dir, err)
	}
	job := e.Jobs()[0]
	if err := setNoise(&job.Config.Noise, o.Noise); err != nil {
		return nil, err
	}
	out := &Evaluation{Run: dir, Dataset: job.Config.Dataset}
	c, err := checkpointOf(dir, path, out)
	if err != nil {
		return nil, err
	}
	job.Config.Noise = job.Config.Noise.During(max(0, c.Manifest.Epoch-1))
	out.Noise = noiseOf(job.Config.Noise)
	out.Checkpoint, out.Epoch, out.Step = c.Path, c.Manifest.Epoch, c.Manifest.Step
	return out, out.compute(o, job, c)
}

func checkpointOf(dir, path string, out *Evaluation) (*track.Checkpoint, error) {
	if path != "" {
		return track.Load(path)
	}
	c, broken, err := track.Latest(dir)
	for _, b := range broken {
		out.Warnings = append(out.Warnings, b.Error())
	}
	if err == nil && c == nil {
		err = fmt.Errorf("%s: the run has no checkpoint yet", dir)
		if len(broken) > 0 {
			err, out.Warnings = fmt.Errorf("%s: no checkpoint can be used: %w", dir, broken[0]), nil
		}
	}
	return c, err
}

// setNoise sets the one parameter of the noise, and leaves noise on in the evaluation.
func setNoise(n *model.NoiseConfig, amount *float64) error {
	if amount == nil {
		return nil
	}
	spec, err := model.Noises.Get(n.Kind)
	if err != nil {
		return err
	}
	n.InEvaluation, n.Anneal, n.OffAfterEpochs = true, nil, nil
	field := map[string]**float64{"sigma": &n.Sigma, "scale": &n.Scale, "rate": &n.Rate}[spec.Value.Field]
	*field = amount
	var ps problem.List
	n.Check(&ps)
	for i := range ps.All() {
		ps.All()[i].Path = "--noise"
	}
	return ps.Err()
}

func noiseOf(n model.NoiseConfig) EvalNoise {
	if !n.InEvaluation {
		return EvalNoise{n.Kind, 0}
	}
	return EvalNoise{n.Kind, n.Amount()}
}

func (out *Evaluation) compute(o EvalOptions, job experiment.Job, c *track.Checkpoint) error {
	d := newDatasets(o.DataDir, nil)
	set, err := d.get(job.Config)
	if err != nil {
		return err
	}
	out.DataSHA256 = set.sha256
	if was := c.Manifest.Versions["data_sha256"]; was != "" && was != set.sha256 {
		out.Warnings = append(out.Warnings, fmt.Sprintf("the run learned from other data (sha256 %.8s..., now %.8s...)", was, set.sha256))
	}
	if err := checkFit(job.Config, set.Dataset); err != nil {
		return err
	}
	b, err := o.Device.openFor(job.Config, set.Dataset)
	if err != nil {
		return err
	}
	defer b.Close()
	out.Device = b.Device().Name
	e, err := train.NewEngine(b, job.Config, set.Dataset, train.Replace{})
	if err != nil {
		return err
	}
	loop, err := e.Restore(c)
	if err != nil {
		return err
	}
	e.Evaluate(max(0, loop.EpochsDone-1))
	s := e.MeasureEvaluation()
	values := map[string]float64{}
	metric.Compute("val", s, values)
	out.Samples, out.Metrics = s.Samples, track.Floats(values)
	return b.Sync()
}
