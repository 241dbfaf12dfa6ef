package experiment

import (
	"strings"

	"noise2sparse/experiment/strict"
	"noise2sparse/internal/problem"
	"noise2sparse/train"
)

// resolve makes the experiment and its jobs, and checks all of them.
func (l *loader) resolve(f *file, sets []override) *Experiment {
	e := &Experiment{}
	grid, sets := regrid(f.grid, sets)
	l.describe(e, f, sets)
	e.Grid = l.axes(grid)
	e.Config, e.origins = l.decode(apply(f.config, sets))
	n := l.count(e.Grid)
	for i := range n {
		at := combination(e.Grid, i)
		tree := f.config
		job := Job{Index: i}
		for a, axis := range e.Grid {
			tree = strict.Merge(tree, strict.Nest(axis.Path, axis.nodes[at[a]]))
			job.Values = append(job.Values, Swept{axis.Path, axis.Values[at[a]]})
		}
		var origins map[string]strict.Pos
		job.Config, origins = l.decode(apply(tree, sets))
		l.check(job.Config, origins, f.src)
		job.SHA256 = ConfigSHA256(job.Config)
		job.ID = jobID(job, n)
		e.jobs = append(e.jobs, job)
	}
	return e
}

func (l *loader) decode(n *strict.Node) (train.Config, map[string]strict.Pos) {
	d := strict.NewDecoder(&l.rep)
	d.Extra = append(headNames(), gridKey)
	var c train.Config
	d.Decode(n, &c)
	for p := range d.Doubt {
		l.doubt[p] = true
	}
	return c, d.Origins
}

func headNames() []string {
	var out []string
	for _, f := range strict.Fields(headType) {
		out = append(out, f.Name)
	}
	return out
}

// check reports what c itself finds wrong, each where the value stands.
func (l *loader) check(c train.Config, origins map[string]strict.Pos, src *strict.Source) {
	var ps problem.List
	c.Check(&ps)
	for _, p := range ps.All() {
		if l.doubtful(p.Path) {
			continue // already reported; what follows from it would only confuse
		}
		pos, given := place(origins, p.Path)
		if !pos.Known() {
			pos = strict.Pos{Src: src}
		}
		label := p.Path
		if f, _, ok := strict.Lookup(configType, p.Path); ok && f.HasDefault && !given {
			label = "default of " + p.Path
		}
		l.rep.Addf(pos, label, "%s", p.Text)
	}
}

// place finds where the value at path stands: itself (given), else the innermost section around
// it that a file holds.
func place(origins map[string]strict.Pos, path string) (pos strict.Pos, given bool) {
	if pos, ok := origins[path]; ok {
		return pos, true
	}
	for i := strings.LastIndexByte(path, '.'); i > 0; i = strings.LastIndexByte(path[:i], '.') {
		if pos, ok := origins[path[:i]]; ok {
			return pos, false
		}
	}
	return strict.Pos{}, false
}

// doubtful says whether a problem at path may only follow from one that is reported already.
func (l *loader) doubtful(path string) bool {
	if l.doubt[""] {
		return true
	}
	for p := range l.doubt {
		if p == path || strings.HasPrefix(path, p+".") || strings.HasPrefix(p, path+".") {
			return true
		}
	}
	return false
}
