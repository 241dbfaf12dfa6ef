package strict

import (
	"fmt"
	"strings"
)

// Kind is what a value is, before any type is asked of it.
type Kind uint8

// The kinds of values.
const (
	Null Kind = iota
	Bool
	Int
	Float
	Text
	List
	Map
)

// Node is a value as it stands in a source. Aliases and merge keys are resolved already. Nodes
// are shared between trees and never changed once made.
type Node struct {
	Kind   Kind
	Text   string // scalars: as written, without quotes
	Pos    Pos
	Items  []*Node // List
	Fields []Entry // Map, in the order of the source
}

// Entry is one key of a Map with its value.
type Entry struct {
	Key   string
	Pos   Pos // of the key
	Value *Node
}

// Get returns the value of key, or nil.
func (n *Node) Get(key string) *Node {
	for _, e := range n.Fields {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

// Without returns n less the given keys.
func (n *Node) Without(drop func(key string) bool) *Node {
	out := *n
	out.Fields = nil
	for _, e := range n.Fields {
		if !drop(e.Key) {
			out.Fields = append(out.Fields, e)
		}
	}
	return &out
}

// Merge lays over upon base: mappings are merged key by key, at every depth; anything else,
// lists and nulls included, replaces what was there. base may be nil.
func Merge(base, over *Node) *Node {
	if base == nil || base.Kind != Map || over.Kind != Map {
		return over
	}
	out := *over
	out.Fields = append([]Entry(nil), base.Fields...)
	at := make(map[string]int, len(out.Fields))
	for i, e := range out.Fields {
		at[e.Key] = i
	}
	for _, e := range over.Fields {
		if i, ok := at[e.Key]; ok {
			out.Fields[i] = Entry{e.Key, e.Pos, Merge(out.Fields[i].Value, e.Value)}
		} else {
			out.Fields = append(out.Fields, e)
		}
	}
	return &out
}

// Nest wraps n in mappings, so that it stands at the dotted path: Nest("a.b", n) is {a: {b: n}}.
func Nest(path string, n *Node) *Node {
	names := strings.Split(path, ".")
	for i := len(names) - 1; i >= 0; i-- {
		n = &Node{Kind: Map, Pos: n.Pos, Fields: []Entry{{names[i], n.Pos, n}}}
	}
	return n
}

// Describe says what n is, for "want an integer, got the text "ten"".
func (n *Node) Describe() string {
	switch n.Kind {
	case Null:
		return "nothing"
	case Bool:
		return n.Text
	case Int:
		return "the integer " + clip(n.Text)
	case Float:
		return "the number " + clip(n.Text)
	case Text:
		return fmt.Sprintf("the text %q", clip(n.Text))
	case List:
		return "a list"
	}
	return "a mapping"
}

// clip shortens what a user wrote to what fits a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}

// Inline is n as one line of YAML.
func (n *Node) Inline() string {
	var parts []string
	switch n.Kind {
	case Null:
		return "null"
	case Text:
		return scalarText(n.Text)
	case List:
		for _, item := range n.Items {
			parts = append(parts, item.Inline())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case Map:
		for _, e := range n.Fields {
			parts = append(parts, scalarText(e.Key)+": "+e.Value.Inline())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return n.Text
}
