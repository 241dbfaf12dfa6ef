package experiment

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"noise2sparse/experiment/strict"
)

// override is one --set.
type override struct {
	path string // of a field, of head, "grid" or "grid.FIELD"
	node *strict.Node
}

// parseOverrides reads the overrides, and reports those that name no field.
func (l *loader) parseOverrides(exprs []string) []override {
	var out []override
	for _, expr := range exprs {
		src := &strict.Source{Name: "--set " + expr, Whole: true}
		here := strict.Pos{Src: src}
		path, value, ok := strings.Cut(expr, "=")
		path = strings.TrimSpace(path)
		if !ok || path == "" {
			l.rep.Addf(here, "", "want field=value, such as --set epochs=5")
			continue
		}
		known := l.knownOverride(here, path)
		n := strict.Parse(src, []byte(value), &l.rep)
		if n == nil {
			l.doubt[path] = true
		} else if known {
			out = append(out, override{path, n})
		}
	}
	return out
}

// parseSweeps reads --grid and --seeds as overrides of the grid.
func (l *loader) parseSweeps(o Overrides) []override {
	var out []override
	for _, expr := range o.Grid {
		out = l.parseSweep(out, "--grid "+expr, expr, "want field=value,value,..., such as --grid noise.sigma=0,0.1,0.8")
	}
	if o.Seeds != "" {
		out = l.parseSweep(out, "--seeds "+o.Seeds, "seed="+o.Seeds, "want numbers with commas between them, such as --seeds 5,6,7")
	}
	return out
}

func (l *loader) parseSweep(out []override, source, expr, usage string) []override {
	src := &strict.Source{Name: source, Whole: true}
	here := strict.Pos{Src: src}
	path, values, ok := strings.Cut(expr, "=")
	path, values = strings.TrimSpace(path), strings.TrimSpace(values)
	if !ok || path == "" || values == "" {
		l.rep.Addf(here, "", "%s", usage)
		return out
	}
	if !l.knownField(here, path, "") {
		return out
	}
	n := strict.Parse(src, []byte("["+values+"]"), &l.rep)
	if n == nil || n.Kind != strict.List {
		l.doubt[path] = true
		return out
	}
	if f, _, _ := strict.Lookup(configType, path); len(n.Items) == 1 && n.Items[0].Kind == strict.List && f.Type.Kind() != reflect.Slice {
		n = n.Items[0] // --grid noise.sigma=[0,0.1], as it stands in a file
	}
	for _, o := range out {
		if o.path == gridKey+"."+path {
			l.rep.Addf(here, "", "%s is swept by another flag too; give all values in one", path)
		}
	}
	return append(out, override{gridKey + "." + path, n})
}

func (l *loader) knownOverride(here strict.Pos, path string) bool {
	field, isAxis := strings.CutPrefix(path, gridKey+".")
	switch {
	case path == gridKey || path == "name" || path == "purpose" || isSearch(path):
		return true
	case path == "base" || path == "reference":
		l.rep.Addf(here, "", "%s can't be overridden; name the other experiment with --exp", path)
		return false
	case isAxis:
		return true // the grid's own check tells
	}
	return l.knownField(here, field, "")
}

func isSearch(path string) bool {
	return path == searchKey || strings.HasPrefix(path, searchKey+".")
}

// knownField reports a path that is no field's. label stands before the path in the message.
func (l *loader) knownField(pos strict.Pos, path, label string) bool {
	_, reason, ok := strict.Lookup(configType, path)
	if ok {
		return true
	}
	if reason == "" {
		var near []string
		reason, near = strict.Suggest(configType, path)
		for _, p := range near {
			l.doubt[p] = true
		}
		reason = "unknown field" + reason
	}
	l.rep.Addf(pos, label+path, "%s", reason)
	return false
}

// apply lays the overrides of config fields upon the tree n.
func apply(n *strict.Node, sets []override) *strict.Node {
	for _, s := range sets {
		if !s.head() {
			n = strict.Merge(n, strict.Nest(s.path, s.node))
		}
	}
	return n
}

// head says whether s overrides something else than a field of the config.
func (s override) head() bool {
	return isHead(s.path) || s.path == gridKey || strings.HasPrefix(s.path, gridKey+".") || isSearch(s.path)
}

// resweep applies the overrides to grid and search, in their order, and returns these with the
// overrides that are left: one of a field ends the field's sweep, a sweep given later replaces it in
// turn.
func resweep(grid, search *strict.Node, sets []override) (g, s *strict.Node, left []override) {
	for _, s := range sets {
		field, isAxis := strings.CutPrefix(s.path, gridKey+".")
		switch {
		case s.path == gridKey:
			grid = s.node
		case isAxis:
			grid = withAxis(grid, field, s.node)
			search = withoutRange(search, override{field, s.node})
			left = dropPath(left, field)
		case isSearch(s.path):
			search = withSearch(search, s)
		default:
			left = append(left, s)
			if !isHead(s.path) {
				grid, search = withoutAxes(grid, s), withoutRange(search, s)
			}
		}
	}
	return grid, search, left
}

// withAxis sweeps field by the values of n, in each grid of a list.
func withAxis(grid *strict.Node, field string, n *strict.Node) *strict.Node {
	if grid == nil {
		grid = &strict.Node{Kind: strict.Map}
	}
	if grid.Kind == strict.List {
		return eachOf(grid, func(one *strict.Node) *strict.Node { return withAxis(one, field, n) })
	}
	entry := strict.Entry{Key: field, Pos: n.Pos, Value: n}
	return strict.Merge(grid, &strict.Node{Kind: strict.Map, Pos: n.Pos, Fields: []strict.Entry{entry}})
}

// withoutAxes ends the sweeps of what s decides. Grids of a list that then sweep nothing go.
func withoutAxes(grid *strict.Node, s override) *strict.Node {
	switch {
	case grid == nil:
		return nil
	case grid.Kind == strict.Map:
		return grid.Without(s.pins)
	case grid.Kind != strict.List:
		return grid
	}
	out := eachOf(grid, func(one *strict.Node) *strict.Node { return withoutAxes(one, s) })
	out.Items = slices.DeleteFunc(out.Items, func(n *strict.Node) bool { return n.Kind == strict.Map && len(n.Fields) == 0 })
	if len(out.Items) == 0 {
		return nil
	}
	return out
}

func eachOf(list *strict.Node, change func(*strict.Node) *strict.Node) *strict.Node {
	out := *list
	out.Items = nil
	for _, n := range list.Items {
		out.Items = append(out.Items, change(n))
	}
	return &out
}

// withSearch lays an override of the search section upon it.
func withSearch(search *strict.Node, s override) *strict.Node {
	if s.path == searchKey {
		return strict.Merge(search, s.node)
	}
	rest := strings.TrimPrefix(s.path, searchKey+".")
	if field, ok := strings.CutPrefix(rest, spaceKey+"."); ok { // a dotted path is one key there
		entry := strict.Entry{Key: field, Pos: s.node.Pos, Value: s.node}
		one := &strict.Node{Kind: strict.Map, Pos: s.node.Pos, Fields: []strict.Entry{entry}}
		return strict.Merge(search, strict.Nest(spaceKey, one))
	}
	return strict.Merge(search, strict.Nest(rest, s.node))
}

// withoutRange takes out of the space what s decides.
func withoutRange(search *strict.Node, s override) *strict.Node {
	if search == nil || search.Kind != strict.Map {
		return search
	}
	space := search.Get(spaceKey)
	if space == nil || space.Kind != strict.Map {
		return search
	}
	out := *search
	out.Fields = slices.Clone(search.Fields)
	for i, e := range out.Fields {
		if e.Key == spaceKey {
			out.Fields[i].Value = space.Without(s.pins)
		}
	}
	return &out
}

func dropPath(sets []override, path string) []override {
	var out []override
	for _, s := range sets {
		if s.path != path {
			out = append(out, s)
		}
	}
	return out
}

// pins says whether s decides the whole value of the field axis.
func (s override) pins(axis string) bool {
	for _, leaf := range leaves(s.path, s.node) {
		if axis == leaf || strings.HasPrefix(axis, leaf+".") {
			return true
		}
	}
	return false
}

// leaves lists the paths of the values in n, which stands at path.
func leaves(path string, n *strict.Node) []string {
	if n.Kind != strict.Map {
		return []string{path}
	}
	var out []string
	for _, e := range n.Fields {
		out = append(out, leaves(fmt.Sprintf("%s.%s", path, e.Key), e.Value)...)
	}
	return out
}
