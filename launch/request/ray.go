package request

import (
	"slices"

	"noise2sparse/internal/problem"
)

// Ray is the `launch.ray:` section.
type Ray struct {
	Resources   map[string]float64 `yaml:"resources" doc:"custom resources of a job, such as {a100: 1}"`
	StopSeconds int                `yaml:"stop_seconds" default:"60" doc:"so long may a job that is stopped take to save its checkpoint"`
}

func (r *Ray) check(ps *problem.List) {
	for name, v := range r.Resources {
		switch {
		case slices.Contains([]string{"", "CPU", "GPU", "memory", "object_store_memory"}, name):
			ps.Addf("resources", "%q is no custom resource; CPUs, GPUs and memory are launch.cpus, launch.gpus and launch.memory", name)
		case !(v > 0):
			ps.Addf("resources", "%s is %v; give more than 0", name, v)
		}
	}
	if r.StopSeconds < 1 || r.StopSeconds > 86400 {
		ps.Addf("stop_seconds", "is %d; give 1 to 86400", r.StopSeconds)
	}
}
