package data

import (
	"math"
	"sort"

	"noise2sparse/internal/nearest"
	"noise2sparse/internal/problem"
	"noise2sparse/internal/registry"
)

// Options say which dataset is wanted.
type Options struct {
	Dir    string             // DATA_DIR, see Dir
	Name   string             // a registered name, or the path of a file
	Params map[string]float64 // of this kind of dataset, see Kind.Params
	Limit  *int               // train on the first so many samples only; nil: all
	// Scaling is none or min_max, each value to [0, 1] by the training samples that are left.
	Scaling string
	Seed    uint64 // of generated data, where Params has no "seed"
}

// Kind is a kind of dataset: an entry of Datasets.
type Kind struct {
	// Params are what Options.Params may hold.
	Params []Param
	// Generated tells that no file is needed.
	Generated bool
	// Needs names the files below DATA_DIR, for `trainer data list`. "[.gz]" marks those that may be
	// compressed.
	Needs []string
	// Facts are what is known without the files; nil where it depends on them.
	Facts *Facts
	// find is nil where Needs says it all; else it tells what is missing below DATA_DIR.
	find func(dir string) error
	// load makes the dataset; Load checks it and applies the limit.
	load func(o Options, p params) (*Dataset, error)
	// check records what is wrong with a combination of parameters; nil: nothing can be.
	check func(p params, ps *problem.List)
}

// params are the kind's own parameters, and those of all data that have classes.
func (k Kind) params() []Param {
	if k.Generated {
		return k.Params
	}
	return append(k.Params[:len(k.Params):len(k.Params)], taskParams...)
}

// Param is a parameter of a kind of dataset.
type Param struct {
	Name     string  `json:"name"`
	Doc      string  `json:"doc"`
	Default  float64 `json:"default"`
	Min, Max float64 `json:"-"`
	Integer  bool    `json:"integer,omitempty"`
}

// params are the values of all parameters, defaults included.
type params map[string]float64

func (p params) int(name string) int { return int(p[name]) }

// Datasets are the known kinds of datasets.
var Datasets = registry.New[Kind]("datasets")

// seedParam is common to all generated data.
var seedParam = Param{
	Name: "seed", Default: -1, Min: -1, Max: 1 << 53, Integer: true,
	Doc: "seed of the generated data; -1: the run's seed",
}

// seed is the seed of generated data.
func (p params) seed(o Options) uint64 {
	if s := p["seed"]; s >= 0 {
		return uint64(s)
	}
	return o.Seed
}

// resolve checks given parameters against the declared ones and fills in the defaults.
func resolve(declared []Param, given map[string]float64, ps *problem.List) params {
	known := make([]string, len(declared))
	p := params{}
	for i, d := range declared {
		known[i] = d.Name
		p[d.Name] = d.Default
	}
	names := make([]string, 0, len(given))
	for n := range given {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		i := indexOf(known, n)
		if i < 0 {
			if len(known) == 0 {
				ps.Addf(n, "is not a parameter: this dataset has none")
			} else {
				ps.Addf(n, "is not a parameter of this dataset%s", nearest.Hint(n, known))
			}
			continue
		}
		d, v := declared[i], given[n]
		switch {
		case math.IsNaN(v) || v < d.Min || v > d.Max:
			ps.Addf(n, "is %v; give %v to %v", v, d.Min, d.Max)
		case d.Integer && v != math.Trunc(v):
			ps.Addf(n, "is %v; give a whole number", v)
		default:
			p[n] = v
		}
	}
	return p
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}
