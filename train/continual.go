package train

import "noise2sparse/internal/problem"

// ContinualConfig is the `continual:` section: the classes are cut into groups, which are learned one
// after the other. Runs with it are refused for now, see Config.Missing.
type ContinualConfig struct {
	Tasks         int     `yaml:"tasks" default:"5" doc:"groups of classes"`
	EpochsPerTask int     `yaml:"epochs_per_task" default:"10" doc:"epochs for each group; epochs is tasks times this"`
	SplitSeed     *uint64 `yaml:"split_seed" doc:"seeds which classes make a group; null: they are taken in order"`
}

func (k *ContinualConfig) check(ps *problem.List, c *Config) {
	if k == nil {
		return
	}
	in := ps.At("continual")
	if k.Tasks < 2 {
		in.Addf("tasks", "is %d; give 2 or more", k.Tasks)
	}
	if k.EpochsPerTask < 1 {
		in.Addf("epochs_per_task", "is %d; give at least 1", k.EpochsPerTask)
	} else if c.Epochs%k.EpochsPerTask != 0 || c.Epochs/k.EpochsPerTask != k.Tasks {
		in.Addf("epochs_per_task", "is %d for %d tasks, but epochs is %d; give tasks times epochs_per_task there", k.EpochsPerTask, k.Tasks, c.Epochs)
	}
	if c.Task != taskClassification {
		in.Addf("", "learns classes; set it to null, or task: classification")
	}
}
