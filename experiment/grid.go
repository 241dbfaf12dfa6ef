package experiment

import (
	"strings"

	"noise2sparse/experiment/strict"
	"noise2sparse/train"
)

// MaxJobs bounds the jobs of one experiment.
const MaxJobs = 10_000

// axes reads the grid, checks every value against its field, and leaves out what can't be used.
func (l *loader) axes(grid *strict.Node) []Axis {
	if grid == nil {
		return nil
	}
	if grid.Kind != strict.Map {
		l.rep.Addf(grid.Pos, gridKey, "want fields with lists of values, such as noise.sigma: [0, 0.1], or {} for none; got %s", grid.Describe())
		return nil
	}
	var out []Axis
	for _, e := range grid.Fields {
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
	seen := map[string]bool{}
	for _, n := range e.Value.Items {
		var alone train.Config // the value upon nothing but defaults: enough to see whether it fits
		d := strict.NewDecoder(&l.rep)
		before := l.rep.Len()
		d.Decode(strict.Nest(e.Key, n), &alone)
		same := strict.Canonical(alone)
		switch {
		case l.rep.Len() > before || len(d.Doubt) > 0:
			continue
		case seen[same]:
			l.rep.Addf(n.Pos, gridKey+"."+e.Key, "the value %s is listed twice", n.Inline())
			continue
		}
		seen[same] = true
		a.nodes = append(a.nodes, n)
		a.Values = append(a.Values, strict.TextAt(alone, e.Key, n))
	}
	return len(a.nodes) > 0
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

// count is the number of combinations. More than MaxJobs are reported and count as none.
func (l *loader) count(axes []Axis) int {
	n := 1
	for _, a := range axes {
		if n *= len(a.nodes); n > MaxJobs { // MaxFileSize keeps one factor too small to overflow
			l.rep.Addf(a.pos, gridKey, "the lists up to %s make more than %d jobs; split the experiment", a.Path, MaxJobs)
			return 0
		}
	}
	return n
}

// combination returns the values of job i as indices into the axes: the last one varies fastest.
func combination(axes []Axis, i int) []int {
	at := make([]int, len(axes))
	for a := len(axes) - 1; a >= 0; a-- {
		at[a], i = i%len(axes[a].nodes), i/len(axes[a].nodes)
	}
	return at
}
