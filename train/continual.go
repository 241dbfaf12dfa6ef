package train

import "noise2sparse/internal/problem"

// ContinualConfig is the `continual:` section: the classes are cut into groups, which are learned one
// after the other. Runs with it are refused for now, see Config.Missing.
type ContinualConfig struct {
	EpochsPerTask int `yaml:"epochs_per_task" default:"10" doc:"epochs for each group, which data.classes_per_task and data.split_seed make"`
}

func (k *ContinualConfig) check(ps *problem.List, c *Config) {
	if k == nil {
		return
	}
	in := ps.At("continual")
	if k.EpochsPerTask < 1 {
		in.Addf("epochs_per_task", "is %d; give at least 1", k.EpochsPerTask)
	} else if c.Epochs%k.EpochsPerTask != 0 {
		in.Addf("epochs_per_task", "is %d, but epochs is %d; give a multiple there", k.EpochsPerTask, c.Epochs)
	}
	if c.Task != taskClassification {
		in.Addf("", "learns classes; set it to null, or task: classification")
	}
}
