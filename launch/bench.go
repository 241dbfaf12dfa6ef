package launch

import (
	"context"
	"strconv"
	"time"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/experiment"
	"noise2sparse/train"
)

// BenchOptions say what Bench times.
type BenchOptions struct {
	Experiment string
	Set        []string
	Steps      int // timed
	DataDir    string
	Device     Device
	Parallel   int // with so many runs at once too, on one GPU; 0: not
}

// standIns are generated datasets with the shape of one whose files may be missing.
var standIns = map[string]map[string]float64{
	"cifar10-latents":  {"size": 16, "samples": 50000},
	"cifar100-latents": {"size": 16, "samples": 50000},
	"mnist":            {"size": 28, "samples": 60000},
	"fashion-mnist":    {"size": 28, "samples": 60000},
}

// Bench times training steps of an experiment's first job, on generated data of the same shape
// where its own is not there. The note says so; it is "" otherwise.
func Bench(ctx context.Context, o BenchOptions) (res train.BenchResult, warning, note string, err error) {
	e, err := experiment.Load(o.Experiment, o.Set)
	if err != nil {
		return res, "", "", err
	}
	c := e.Job(0).Config
	for _, f := range c.Missing() {
		return res, "", "", wrong(f.Field, "%s is not there yet: what would be timed is another experiment", f.Name)
	}
	if params, ok := standIns[c.Dataset]; ok && c.Task == "reconstruction" && !Available(o.DataDir, c.Dataset) {
		note = c.Dataset + " was not found in " + o.DataDir + ": timed on generated data of the same shape"
		c.Dataset, c.Data = "dead-leaves", params
	}
	set, err := newDatasets(o.DataDir, nil).get(c)
	if err != nil {
		return res, "", "", err
	}
	if err := checkFit(c, set.Dataset); err != nil {
		return res, "", "", err
	}
	backends, err := o.open(c, set.Dataset)
	defer func() {
		for _, b := range backends {
			b.Close()
		}
	}()
	if err != nil {
		return res, "", "", err
	}
	res, err = train.Bench(ctx, train.BenchSpec{
		Experiment: e.Name, Backend: backends[0], Config: c, Data: set.Dataset, Beside: backends[1:],
		Warmup: max(5, o.Steps/10), WarmupTime: o.warmupTime(), Steps: o.Steps,
	})
	return res, backends[0].Device().Warning, note, err
}

// open opens the device, and again for each of the runs at once.
func (o BenchOptions) open(c train.Config, set *data.Dataset) (all []compute.Backend, err error) {
	if o.Device.GPU != "" {
		chosen, err := o.Device.choose()
		if err != nil {
			return nil, err
		}
		o.Device.GPU = strconv.Itoa(chosen) // the same one for all
	}
	for range 1 + o.Parallel {
		b, err := o.Device.openFor(c, set)
		if err != nil {
			return all, err
		}
		all = append(all, b)
	}
	return all, nil
}

// warmupTime is how long steps are done before the timed ones, at least. An idle GPU's clock is a fraction of
// what it is at work, and takes a while to rise; single steps and several as one graph are recorded within that.
func (o BenchOptions) warmupTime() time.Duration {
	if o.Device.GPU != "" {
		return time.Second
	}
	return 0
}

// Available tells whether all files of a registered dataset are in dir; generated ones always are.
func Available(dir, name string) bool {
	k, err := data.Datasets.Get(name)
	return err == nil && k.Value.Available(dir)
}
