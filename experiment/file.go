package experiment

import (
	"io/fs"
	"reflect"
	"regexp"
	"strings"

	"noise2sparse/experiment/strict"
	"noise2sparse/launch/request"
	"noise2sparse/train"
)

// config is what a file says of its jobs: what they compute, and what they ask of the engine that
// runs them, which has no part in their hashes.
type config struct {
	train.Config `yaml:",inline"`

	Launch request.Config `yaml:"launch" resume:"free" doc:"what a job asks of SLURM or Ray; no part of what it computes, nor of its name"`
}

var configType = reflect.TypeFor[config]()

// head is what a file says beside the config.
type head struct {
	Name      string  `yaml:"name" doc:"the experiment's name, a folder of the runs; default: the file's name without its ending"`
	Purpose   string  `yaml:"purpose" doc:"what the experiment shows, in one line"`
	Reference *string `yaml:"reference" doc:"the experiment's name in the reference, by which it can be asked for too"`
	Base      *string `yaml:"base" doc:"experiment that this one changes: a name, or a file relative to this one"`
}

// What a file sweeps, and how.
const (
	gridKey   = "grid"
	searchKey = "search"
)

var headType = reflect.TypeFor[head]()

func isHead(key string) bool {
	_, _, ok := strict.Lookup(headType, key)
	return ok && !strings.Contains(key, ".")
}

// isOpen says whether a top-level key is the user's own, for anchors.
func isOpen(key string) bool { return strings.HasPrefix(key, "x-") }

// loader reads one experiment and gathers what is wrong with it.
type loader struct {
	library fs.FS
	rep     strict.Report
	doubt   map[string]bool // paths about which a problem is reported already
	open    []found         // the files from the first one to the base being read
}

// file is an experiment file with its bases merged in.
type file struct {
	src    *strict.Source
	head   *strict.Node
	name   string // of the file
	config *strict.Node
	grid   *strict.Node // nil: none
	search *strict.Node // nil: none
}

// file reads r and its bases. What of it can be read comes back, nil for nothing.
func (l *loader) file(r reference) *file {
	at, ok := l.find(r)
	if !ok || l.circular(r, at) {
		return nil
	}
	l.open = append(l.open, at)
	defer func() { l.open = l.open[:len(l.open)-1] }()

	root := strict.Parse(at.src, at.text, &l.rep)
	switch {
	case root == nil:
		return nil
	case root.Kind == strict.Null:
		l.rep.Addf(strict.Pos{Src: at.src}, "", "is empty; give at least a dataset: or a base:")
		return nil
	case root.Kind != strict.Map:
		l.rep.Addf(root.Pos, "", "want fields such as epochs: 200, got %s", root.Describe())
		return nil
	}
	f := &file{
		src: at.src, name: at.name, grid: root.Get(gridKey), search: root.Get(searchKey),
		head:   root.Without(func(k string) bool { return !isHead(k) }),
		config: root.Without(func(k string) bool { return isHead(k) || isOpen(k) || k == gridKey || k == searchKey }),
	}
	l.inherit(f, at)
	return f
}

// inherit merges the base into f.
func (l *loader) inherit(f *file, at found) {
	n := f.head.Get("base")
	if n == nil || n.Kind != strict.Text || n.Text == "" {
		return // of an ill-typed one, the head's decoder tells
	}
	base := l.file(reference{ref: n.Text, by: n.Pos, dir: at.dir, own: at.own})
	if base == nil {
		l.doubt[""] = true // without the base nobody knows which values are missing
		return
	}
	f.config = strict.Merge(base.config, f.config)
	if f.grid == nil {
		f.grid = base.grid
	}
	if f.search == nil {
		f.search = base.search
	}
}

// circular reports a base that leads back to itself.
func (l *loader) circular(r reference, at found) bool {
	for i, o := range l.open {
		if o.id != at.id {
			continue
		}
		var chain []string
		for _, c := range append(l.open[i:len(l.open):len(l.open)], at) {
			chain = append(chain, c.name)
		}
		l.complain(r, "the bases go in a circle: %s", strings.Join(chain, " -> "))
		return true
	}
	return false
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$`)

// describe reads the head of f into e. A name is a folder's name on every system.
func (l *loader) describe(e *Experiment, f *file, sets []override) {
	n := f.head
	for _, s := range sets {
		if isHead(s.path) {
			n = strict.Merge(n, strict.Nest(s.path, s.node))
		}
	}
	var h head
	d := strict.NewDecoder(&l.rep)
	d.Decode(n, &h)
	e.Name, e.Purpose = h.Name, strings.Join(strings.Fields(h.Purpose), " ")
	if h.Base != nil {
		e.Base = *h.Base
	}
	if h.Reference != nil {
		e.Reference = *h.Reference
	}
	pos, given := d.Origins["name"]
	if !given {
		e.Name, pos = f.name, strict.Pos{Src: f.src}
	}
	if !nameForm.MatchString(e.Name) && !d.Doubt["name"] {
		origin := ""
		if !given {
			origin = " (the file's name); give name: in the file or --set name=NAME"
		}
		l.rep.Addf(pos, "name", "%q can't name a folder: use at most 80 letters, digits, '.', '_' and '-', a letter or digit first%s", e.Name, origin)
	}
}
