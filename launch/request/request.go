// Package request is the `launch:` section of an experiment file: what a job asks of the engine that
// runs it, SLURM or Ray. None of it changes what is computed, so it has no part in a job's hash: the
// same sweep may go on with another partition or more memory.
package request

import (
	"regexp"
	"strconv"

	"noise2sparse/internal/problem"
)

// Config is the `launch:` section.
type Config struct {
	CPUs    float64           `yaml:"cpus" default:"1" doc:"cores of a job; Ray takes fractions, SLURM whole ones"`
	GPUs    float64           `yaml:"gpus" default:"0" doc:"GPUs of a job; Ray takes fractions, SLURM whole ones and slurm.shards"`
	Memory  *string           `yaml:"memory" doc:"memory of a job, such as 4G or 512M; null: what the engine gives by default"`
	Program *string           `yaml:"program" doc:"path of the trainer on the engine's machines; null: this program's own path"`
	Env     map[string]string `yaml:"env" doc:"environment variables of a job, beside those that docs/sweeps.md lists"`
	Slurm   Slurm             `yaml:"slurm" doc:"what a job asks of SLURM"`
	Ray     Ray               `yaml:"ray" doc:"what a job asks of Ray"`
}

// Check records everything that is wrong with c.
func (c *Config) Check(ps *problem.List) {
	if !(c.CPUs > 0) {
		ps.Addf("cpus", "is %v; give more than 0", c.CPUs)
	}
	if !(c.GPUs >= 0) {
		ps.Addf("gpus", "is %v; give 0 or more", c.GPUs)
	}
	if c.Memory != nil {
		if _, err := Bytes(*c.Memory); err != nil {
			ps.Addf("memory", "is %q; give a whole number with K, M, G or T, such as 4G", *c.Memory)
		}
	}
	if c.Program != nil && *c.Program == "" {
		ps.Addf("program", "is empty; give a path, or null for this program's own")
	}
	for name := range c.Env {
		if !envName.MatchString(name) {
			ps.Addf("env", "%q can't name an environment variable; use letters, digits and _", name)
		}
	}
	c.Slurm.check(ps.At("slurm"))
	c.Ray.check(ps.At("ray"))
}

var (
	envName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	memoryForm = regexp.MustCompile(`^([1-9][0-9]{0,5})([KMGT])$`)
)

// Bytes is an amount of memory such as 4G, with units of 1024 bytes, its square, cube and so on.
func Bytes(memory string) (int64, error) {
	m := memoryForm.FindStringSubmatch(memory)
	if m == nil {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	shift := map[string]uint{"K": 10, "M": 20, "G": 30, "T": 40}[m[2]]
	return n << shift, err
}
