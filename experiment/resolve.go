package experiment

import (
	"strings"

	"noise2sparse/experiment/strict"
	"noise2sparse/internal/problem"
)

// resolve makes the experiment, and checks its jobs.
func (l *loader) resolve(f *file, sets []override) *Experiment {
	e := &Experiment{loader: l, file: f}
	grid, search, sets := resweep(f.grid, f.search, sets)
	l.describe(e, f, sets)
	e.Grid = l.grid(grid)
	e.search = l.search(search)
	shared, origins := l.decode(apply(f.config, sets))
	e.Config, e.Launch, e.origins = shared.Config, shared.Launch, origins
	for _, s := range sets {
		if !s.head() {
			e.overlay = append(e.overlay, strict.Nest(s.path, s.node))
		}
	}
	e.points = l.choose(e)
	l.checkJobs(e, false)
	l.checkSearch(e)
	return e
}

func (l *loader) decode(n *strict.Node) (config, map[string]strict.Pos) {
	d := strict.NewDecoder(&l.rep)
	d.Extra = append(headNames(), gridKey, searchKey)
	var c config
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

// report tells what c itself finds wrong, each where the value stands.
func (l *loader) report(c config, origins map[string]strict.Pos, src *strict.Source) {
	for _, p := range l.problems(&c) {
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

// problems are what is wrong with a job's values.
func (l *loader) problems(c *config) []problem.Problem {
	var ps problem.List
	c.Config.Check(&ps)
	c.Launch.Check(ps.At("launch"))
	l.checkStart(&ps, c.StartFrom)
	return ps.All()
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
