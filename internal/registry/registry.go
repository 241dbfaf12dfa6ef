// Package registry keeps what can be named in an experiment file: each kind of thing (optimizer,
// dataset, metric, ...) is a Registry, filled by init functions, one file a thing.
package registry

import (
	"fmt"
	"sort"

	"noise2sparse/internal/nearest"
)

// Entry is one registered thing.
type Entry[T any] struct {
	Name string // as written in experiment files
	Doc  string // one line, shown by `trainer list`
	// Reference is the name that the reference research code gives it, where that differs.
	Reference string
	Value     T
}

// Registry maps names to things of one kind.
type Registry[T any] struct {
	kind    string
	entries map[string]Entry[T]
}

// New makes an empty registry and announces it under its kind ("optimizers") to Kinds.
func New[T any](kind string) *Registry[T] {
	r := &Registry[T]{kind: kind, entries: map[string]Entry[T]{}}
	kinds[kind] = r.Lines
	return r
}

// Register adds an entry. A second entry of one name, or one without a doc, is a programming
// error and panics.
func (r *Registry[T]) Register(e Entry[T]) {
	if _, dup := r.entries[e.Name]; dup || e.Name == "" || e.Doc == "" {
		panic(fmt.Sprintf("registry: %s %q: registered twice, or without a name or a doc", r.kind, e.Name))
	}
	r.entries[e.Name] = e
}

// Get returns the entry of that name, or an error that names the nearest known ones.
func (r *Registry[T]) Get(name string) (Entry[T], error) {
	e, ok := r.entries[name]
	if !ok {
		return e, fmt.Errorf("unknown name %q among the %s%s", name, r.kind, nearest.Hint(name, r.Names()))
	}
	return e, nil
}

// Names returns all names, sorted.
func (r *Registry[T]) Names() []string {
	names := make([]string, 0, len(r.entries))
	for n := range r.entries {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Lines returns (name, doc, reference name) of every entry, sorted by name.
func (r *Registry[T]) Lines() []Line {
	var lines []Line
	for _, n := range r.Names() {
		e := r.entries[n]
		lines = append(lines, Line{e.Name, e.Doc, e.Reference})
	}
	return lines
}

// Line is one row of `trainer list`.
type Line struct {
	Name      string `json:"name"`
	Doc       string `json:"doc"`
	Reference string `json:"reference,omitempty"`
}

var kinds = map[string]func() []Line{}

// Kinds returns, for every kind of registered thing, its lines.
func Kinds() map[string][]Line {
	all := map[string][]Line{}
	for k, f := range kinds {
		all[k] = f()
	}
	return all
}
