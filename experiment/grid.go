package experiment

import (
	"math"
	"strings"

	"noise2sparse/experiment/strict"
)

const (
	// MaxJobs bounds the jobs of one experiment.
	MaxJobs = 10_000_000
	// ConfirmJobs is how many jobs a person may have meant; of more, ask.
	ConfirmJobs = 10_000
)

// grid reads the grid, checks every value against its field, and leaves out what can't be used.
func (l *loader) grid(grid *strict.Node) []Product {
	switch {
	case grid == nil:
		return nil
	case grid.Kind == strict.Map:
		if p := l.product(grid); len(p) > 0 {
			return []Product{p}
		}
		return nil
	case grid.Kind != strict.List:
		l.rep.Addf(grid.Pos, gridKey, "want fields with lists of values, such as noise.sigma: [0, 0.1], or {} for none; got %s", grid.Describe())
		return nil
	}
	var out []Product
	for _, n := range grid.Items {
		if n.Kind != strict.Map {
			l.rep.Addf(n.Pos, gridKey, "a list of grids wants mappings of fields to lists of values, such as {noise.sigma: [0, 0.1]}; got %s", n.Describe())
		} else if p := l.product(n); len(p) > 0 {
			out = append(out, p)
		} else if len(n.Fields) == 0 {
			l.rep.Addf(n.Pos, gridKey, "sweeps nothing; remove it, or write grid: {} for one job")
		}
	}
	return out
}

// product reads one mapping of fields to lists of values.
func (l *loader) product(n *strict.Node) Product {
	var out Product
	for _, e := range n.Fields {
		if a := (Axis{Path: e.Key, pos: e.Pos}); l.axis(&a, e) && !l.overlaps(a, out) {
			out = append(out, a)
		} else {
			l.doubt[e.Key] = true
		}
	}
	return out
}

// axis reads one line of the grid into a, and says whether anything of it can be used.
func (l *loader) axis(a *Axis, e strict.Entry) bool {
	if !l.knownField(e.Pos, e.Key, gridKey+".") {
		return false
	}
	switch n := e.Value; {
	case n.Kind == strict.Map:
		l.rep.Addf(e.Pos, gridKey+"."+e.Key, "want a list of values, got a mapping; to sweep a field in a section, give its whole path as the key, such as noise.sigma: [0, 0.1]")
		return false
	case n.Kind != strict.List:
		l.rep.Addf(n.Pos, gridKey+"."+e.Key, "want a list of values, got %s; write [%s]", n.Describe(), n.Inline())
		return false
	case len(n.Items) == 0:
		l.rep.Addf(n.Pos, gridKey+"."+e.Key, "has no values; give some, or remove the line")
		return false
	}
	a.nodes, a.Values = l.values(e.Key, gridKey+"."+e.Key, e.Value.Items)
	return len(a.nodes) > 0
}

// values checks a list of values for a field, and returns those that fit it, with their text.
func (l *loader) values(path, label string, items []*strict.Node) (nodes []*strict.Node, texts []string) {
	var defaults config // enough to see whether a value fits
	strict.SetDefaults(&defaults)
	seen := map[string]bool{}
	for _, n := range items {
		alone := defaults
		d := strict.NewDecoder(&l.rep)
		before := l.rep.Len()
		d.Overlay(strict.Nest(path, n), &alone)
		if l.rep.Len() > before || len(d.Doubt) > 0 {
			continue
		}
		text := strict.TextAt(alone, path, n)
		same := text
		if n.Kind == strict.Map {
			same = strict.Canonical(alone)
		}
		if seen[same] {
			l.rep.Addf(n.Pos, label, "the value %s is listed twice", n.Inline())
			continue
		}
		seen[same] = true
		nodes, texts = append(nodes, n), append(texts, text)
	}
	return nodes, texts
}

// overlaps reports a field that is swept twice: on its own and with its section.
func (l *loader) overlaps(a Axis, others []Axis) bool {
	for _, o := range others {
		if strings.HasPrefix(a.Path, o.Path+".") || strings.HasPrefix(o.Path, a.Path+".") {
			l.rep.Addf(a.pos, gridKey+"."+a.Path, "overlaps with the sweep of %s; sweep one of them", o.Path)
			return true
		}
	}
	return false
}

// combinations are the grid's points. More than most are reported and count as none.
func (l *loader) combinations(products []Product, most int) *gridPoints {
	g := &gridPoints{products: products, n: 1}
	if len(products) == 0 {
		return g
	}
	g.n = 0
	for _, p := range products {
		n := 1
		for _, a := range p {
			if len(a.nodes) > (most-g.n)/n { // n·len would be more than is left
				l.rep.Addf(a.pos, gridKey, "the lists up to %s make more than %d jobs; split the experiment, or draw from it with search: {kind: random, samples: N}", a.Path, most)
				return &gridPoints{products: nil, n: 0}
			}
			n *= len(a.nodes)
		}
		g.counts = append(g.counts, n)
		g.n += n
	}
	return g
}

// maxDrawn is how many combinations a random search can choose from.
const maxDrawn = math.MaxInt32
