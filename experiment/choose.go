package experiment

import (
	"strings"

	"noise2sparse/experiment/strict"
	"noise2sparse/internal/philox"
	"noise2sparse/internal/problem"
)

const (
	spaceKey = "space"
	// maxSamples bounds the jobs of a random search, which are drawn at once.
	maxSamples = 100_000
	// gridPurpose and maxAttempts: see draw.
	gridPurpose = 0x67726964 // "grid"
	maxAttempts = 1000
)

// searchFile is the section as a decoder sees it, so that what it reports has whole paths.
type searchFile struct {
	Search *Search `yaml:"search" doc:"which jobs of the sweep are run, and which are given up early; null: all of them, to the end"`
}

// search reads the search section; nil: there is none, or nothing of it can be used.
func (l *loader) search(n *strict.Node) *Search {
	if n == nil || n.Kind == strict.Null {
		return nil
	}
	space := (*strict.Node)(nil)
	rest := n
	if n.Kind == strict.Map {
		space = n.Get(spaceKey)
		rest = n.Without(func(k string) bool { return k == spaceKey })
	}
	before := l.rep.Len()
	d := strict.NewDecoder(&l.rep)
	var f searchFile
	d.Decode(strict.Nest(searchKey, rest), &f)
	if f.Search == nil {
		return nil
	}
	f.Search.Space = l.space(space)
	for p := range d.Doubt {
		l.doubt[p] = true
	}
	var ps problem.List
	f.Search.check(ps.At(searchKey))
	if f.Search.Kind == searchGrid && len(f.Search.Space) > 0 {
		ps.Addf(searchKey+"."+spaceKey, "is given, but kind grid draws nothing; give kind: random and samples: N")
	}
	for _, p := range ps.All() {
		if l.doubtful(p.Path) {
			continue
		}
		pos, _ := place(d.Origins, p.Path)
		l.rep.Addf(pos, p.Path, "%s", p.Text)
	}
	if l.rep.Len() > before {
		return nil
	}
	f.Search.pos = n.Pos
	return f.Search
}

// choose finds the points of the experiment's jobs.
func (l *loader) choose(e *Experiment) points {
	s := e.search
	if s == nil || s.Kind == searchGrid {
		return l.combinations(e.Grid, MaxJobs)
	}
	before := l.rep.Len()
	for _, r := range s.Space {
		for _, p := range e.Grid {
			l.sweptTwice(r, p)
		}
	}
	if l.rep.Len() > before {
		return samplePoints{}
	}
	g := l.combinations(e.Grid, maxDrawn)
	if g.n == 0 {
		return samplePoints{}
	}
	return l.sample(s, g)
}

// sweptTwice reports a field that the grid sweeps too, or its section.
func (l *loader) sweptTwice(r Range, p Product) {
	for _, a := range p {
		if a.Path == r.Path || strings.HasPrefix(r.Path, a.Path+".") || strings.HasPrefix(a.Path, r.Path+".") {
			l.rep.Addf(r.pos, searchKey+"."+spaceKey+"."+r.Path, "the grid sweeps %s; give one of them", a.Path)
		}
	}
}

// sample draws the jobs. From a grid alone they are the first of a random order of its combinations, so
// none comes twice, and fewer samples are the first of more. With a space every field is drawn on its
// own; a sample that has come before is drawn again.
func (l *loader) sample(s *Search, g *gridPoints) points {
	n := *s.Samples
	if len(s.Space) == 0 && n > g.n {
		l.rep.Addf(s.pos, searchKey+".samples", "is %d, but the grid has only %d combinations; give less, or kind: grid for all", n, g.n)
		return samplePoints{}
	}
	out := make(samplePoints, 0, n)
	if len(s.Space) == 0 {
		order := philox.NewPermutation(s.Seed, 0, g.n)
		for i := range n {
			out = append(out, g.at(order.At(i)))
		}
		return out
	}
	seen := map[string]bool{}
	for i := range n {
		cells, ok := drawNew(s, g, i, seen)
		if !ok {
			l.rep.Addf(s.pos, searchKey+".samples", "is %d, but after %d samples no new one was found: the space is too small; give less", n, i)
			return samplePoints{}
		}
		out = append(out, cells)
	}
	return out
}

// drawNew draws sample i, which is none of those seen.
func drawNew(s *Search, g *gridPoints, i int, seen map[string]bool) ([]cell, bool) {
	for attempt := range maxAttempts {
		cells := s.drawAll(g, i, attempt)
		key := ""
		for _, c := range cells {
			key += c.text + "\n"
		}
		if !seen[key] {
			seen[key] = true
			return cells, true
		}
	}
	return nil, false
}

// drawAll draws a sample: a combination of the grid, and a value of each range.
func (s *Search) drawAll(g *gridPoints, sample, attempt int) []cell {
	stream := philox.Stream{Seed: s.Seed, Purpose: gridPurpose, Step: uint64(sample)}
	cells := g.at(int(philox.Uniform64(stream.Word(attempt)) * float64(g.n)))
	for _, r := range s.Space {
		cells = append(cells, r.draw(s.Seed, sample, attempt))
	}
	return cells
}

// checkSearch reports what of the jobs does not suit the search.
func (l *loader) checkSearch(e *Experiment) {
	if e.search == nil || e.search.Halving == nil || e.Count() == 0 {
		return
	}
	var ps problem.List
	c, _ := e.config(0)
	e.search.Halving.checkJobs(ps.At(searchKey+".halving"), c.Epochs, e.sweeps)
	for _, p := range ps.All() {
		l.rep.Addf(e.search.pos, p.Path, "%s", p.Text)
	}
}
