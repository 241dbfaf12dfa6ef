// Package experiment turns an experiment file, one of exp_commands or a user's own, into the jobs
// that it asks for: fully resolved, checked, and named.
//
// A file's top level holds name (default: the file's name), purpose, base, grid, and every field
// of train.Config. Keys that begin with "x-" are left alone, for anchors.
//
// base names another experiment: one that comes with the program, or a file, relative to the file
// that names it. Mappings are merged with the base's at every depth, anything else replaces what
// the base says. The grid is taken from the base unless the file has its own; "grid: {}" sweeps
// nothing. name and purpose are never inherited.
//
// grid lists what is swept, a job per combination: the first field varies slowest. A field may be
// a whole section; its values are then merged with the section.
//
//	grid:
//	  model.activation: [relu, gelu]
//	  noise.sigma: [0, 0.1, 0.8]
//
// An override, field=value with the value as YAML, stands above file, base and grid; mappings are
// merged here too. Overriding a swept field ends its sweep: the one value replaces the list. To
// sweep something else, override grid.FIELD with a list, or grid with a mapping. Of two overrides
// of one field the last one counts.
package experiment

import (
	"io/fs"

	"noise2sparse/exp_commands"
	"noise2sparse/experiment/strict"
	"noise2sparse/train"
)

// Experiment is an experiment file, resolved and without a known problem.
type Experiment struct {
	Name    string
	Purpose string       // one line, "" where the file says none
	Base    string       // what the file names as its base, "" for none
	Grid    []Axis       // what is swept, the slowest first; empty: one job
	Config  train.Config // what all jobs share; swept fields hold the base's value or the default

	jobs    []Job
	origins map[string]strict.Pos // where the values of Config stand
}

// Axis is one swept field.
type Axis struct {
	Path   string   // dotted: "noise.sigma"
	Values []string // as YAML

	pos   strict.Pos
	nodes []*strict.Node
}

// Swept is one swept field's value in a job.
type Swept struct {
	Path  string // dotted: "noise.sigma"
	Value string // as YAML
}

// Job is one run.
type Job struct {
	Index  int          // in grid order, from 0
	Values []Swept      // in the grid's order, empty where nothing is swept
	Config train.Config // fully resolved
	ID     string       // NNN-<swept values>-<8 hex of SHA256>: the run folder's name
	SHA256 string       // ConfigSHA256 of Config
}

// Jobs returns the experiment's jobs in grid order.
func (e *Experiment) Jobs() []Job { return e.jobs }

// Load reads the experiment ref, the name of one that comes with the program or the path of a
// file (which ends in .yaml or .yml, or holds a slash), with overrides such as "noise.sigma=0.3"
// upon it. All that is wrong with file, bases, overrides and every job's config is found before
// it answers, and comes back at once as a *problem.Error.
func Load(ref string, overrides []string) (*Experiment, error) {
	return load(exp_commands.Files, ref, overrides)
}

func load(library fs.FS, ref string, overrides []string) (*Experiment, error) {
	l := &loader{library: library, doubt: map[string]bool{}}
	sets := l.parseOverrides(overrides)
	f := l.file(reference{ref: ref})
	if f == nil {
		return nil, l.rep.Err()
	}
	e := l.resolve(f, sets)
	if err := l.rep.Err(); err != nil {
		return nil, err
	}
	return e, nil
}
