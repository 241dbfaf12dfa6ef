package experiment

import (
	"fmt"
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

func (l *loader) knownOverride(here strict.Pos, path string) bool {
	field, isAxis := strings.CutPrefix(path, gridKey+".")
	switch {
	case path == gridKey || path == "name" || path == "purpose":
		return true
	case path == "base":
		l.rep.Addf(here, "", "base can't be overridden; name the other experiment with --exp")
		return false
	case isAxis:
		return true // the grid's own check tells
	}
	return l.knownField(here, field, "")
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
	return isHead(s.path) || s.path == gridKey || strings.HasPrefix(s.path, gridKey+".")
}

// regrid applies the overrides to the grid, in their order, and returns it with the overrides
// that are left: one of a field ends the field's sweep, a sweep given later replaces it in turn.
func regrid(grid *strict.Node, sets []override) (*strict.Node, []override) {
	var left []override
	for _, s := range sets {
		field, isAxis := strings.CutPrefix(s.path, gridKey+".")
		switch {
		case s.path == gridKey:
			grid = s.node
		case isAxis:
			entry := strict.Entry{Key: field, Pos: s.node.Pos, Value: s.node}
			grid = strict.Merge(orEmpty(grid), &strict.Node{Kind: strict.Map, Pos: s.node.Pos, Fields: []strict.Entry{entry}})
			left = dropPath(left, field)
		default:
			left = append(left, s)
			if grid != nil && grid.Kind == strict.Map && !isHead(s.path) {
				grid = grid.Without(func(axis string) bool { return s.pins(axis) })
			}
		}
	}
	return grid, left
}

func orEmpty(grid *strict.Node) *strict.Node {
	if grid == nil {
		return &strict.Node{Kind: strict.Map}
	}
	return grid
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
