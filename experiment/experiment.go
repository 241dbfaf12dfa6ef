// Package experiment turns an experiment file, one of exp_commands or a user's own, into the jobs
// that it asks for: fully resolved, checked, and named.
//
// A file's top level holds name (default: the file's name), purpose, base, grid, launch (a
// request.Config), and every field of train.Config. Keys that begin with "x-" are left alone, for anchors.
//
// base names another experiment: one that comes with the program, or a file, relative to the file
// that names it. Mappings are merged with the base's at every depth, anything else replaces what
// the base says. The grid is taken from the base unless the file has its own; "grid: {}" sweeps
// nothing. name and purpose are never inherited.
//
// grid lists what is swept, a job per combination: the first field varies slowest. A field may be
// a whole section; its values are then merged with the section. A list of such mappings sweeps one
// after the other, for sweeps that are no full product.
//
//	grid:
//	  model.activation: [relu, gelu]
//	  noise.sigma: [0, 0.1, 0.8]
//
// search says how the jobs are chosen, and which are given up early: see Search. It comes from the
// base unless the file has its own; "search: null" is none.
//
// An override, field=value with the value as YAML, stands above file, base and grid; mappings are
// merged here too. Overriding a swept field ends its sweep: the one value replaces the list. To
// sweep something else, override grid.FIELD with a list, or grid with a mapping. Of two overrides
// of one field the last one counts.
package experiment

import (
	"io/fs"
	"sync"

	"noise2sparse/exp_commands"
	"noise2sparse/experiment/strict"
	"noise2sparse/launch/request"
	"noise2sparse/train"
)

// Experiment is an experiment file, resolved and without a known problem.
type Experiment struct {
	Name      string
	Purpose   string         // one line, "" where the file says none
	Reference string         // its name in the reference, "" for none
	Base      string         // what the file names as its base, "" for none
	Grid      []Product      // what is swept, a product after the other; empty: one job
	Config    train.Config   // what all jobs share; swept fields hold the base's value or the default
	Launch    request.Config // the same of what jobs ask of the engine that runs them

	search  *Search               // nil: none
	points  points                // what is swept, job by job
	overlay []*strict.Node        // overrides, which stand above what is swept
	origins map[string]strict.Pos // where the values of Config stand
	loader  *loader
	file    *file
	once    sync.Once
	jobs    []Job // all, once somebody has asked for them
}

// Product is a grid: its jobs are all combinations, the first axis varies slowest.
type Product []Axis

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
	Index  int            // in grid order, from 0
	Values []Swept        // in the grid's order, empty where nothing is swept
	Config train.Config   // fully resolved
	Launch request.Config // what it asks of the engine that runs it
	ID     string         // NNN-<swept values>-<8 hex of SHA256>: the run folder's name
	SHA256 string         // ConfigSHA256 of Config
}

// Overrides are what a command line lays upon an experiment.
type Overrides struct {
	Set   []string // "field=value": see the package's doc
	Grid  []string // "field=value,value,...": sweep that field, in the place of what the file says of it
	Seeds string   // "5,6,7": sweep seed
}

// Load reads the experiment ref, the name of one that comes with the program (or its name in the
// reference) or the path of a file (which ends in .yaml or .yml, or holds a slash), with overrides
// such as "noise.sigma=0.3" upon it. All that is wrong with file, bases, overrides and the jobs'
// configs is found before it answers, and comes back at once as a *problem.Error. Of more than
// ConfirmJobs jobs it looks at so many, evenly spread; CheckRest looks at the others.
func Load(ref string, overrides []string) (*Experiment, error) {
	return LoadWith(ref, Overrides{Set: overrides})
}

// LoadWith is Load with all that a command line can say.
func LoadWith(ref string, o Overrides) (*Experiment, error) {
	return load(exp_commands.Files, ref, o)
}

func load(library fs.FS, ref string, o Overrides) (*Experiment, error) {
	l := &loader{library: library, doubt: map[string]bool{}}
	sets := append(l.parseOverrides(o.Set), l.parseSweeps(o)...)
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
