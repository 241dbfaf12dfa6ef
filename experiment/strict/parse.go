package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// MaxNodes bounds the values of one source after its aliases are expanded, so that a few lines of
// aliases of aliases can't fill the memory. MaxDepth bounds how deep they are nested.
const (
	MaxNodes = 100_000
	MaxDepth = 64
)

// Parse reads the YAML text of src. Whatever is wrong with it is added to rep. The result is nil
// where nothing can be read; an empty source is a Null.
func Parse(src *Source, text []byte, rep *Report) *Node {
	if line, col, what := unreadable(text); what != "" {
		rep.Addf(Pos{src, line, col}, "", "not valid YAML: %s", what)
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		rep.Addf(Pos{Src: src}, "", "not valid YAML: %v", err)
		return nil
	}
	var doc, second yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		return &Node{Pos: Pos{src, 1, 1}}
	case err != nil:
		syntax(src, err, rep)
		return nil
	}
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		syntax(src, err, rep)
		return nil
	default:
		rep.Addf(Pos{src, second.Line, second.Column}, "", "a second YAML document begins here (after ---); give each a file of its own")
	}
	c := converter{src: src, rep: rep, left: MaxNodes, open: map[*yaml.Node]bool{}}
	n := c.node(&doc, 0)
	if c.failed {
		return nil
	}
	return n
}

// syntax reports an error of the YAML parser in one line.
func syntax(src *Source, err error, rep *Report) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		rep.Addf(Pos{Src: src}, "", "not valid YAML: %v", err)
		return
	}
	text, pos := strings.TrimPrefix(e.Message, "yaml: "), Pos{src, e.Mark.Line, e.Mark.Column}
	if e.ContextMsg != "" {
		text += " " + e.ContextMsg
		switch l := e.ContextMark.Line; {
		case l == 0 || l == e.Mark.Line || src.Whole:
		case strings.Contains(text, "end of stream"): // what is not closed helps, where the file ends doesn't
			pos = Pos{src, l, e.ContextMark.Column}
		default:
			text += fmt.Sprintf(" that begins in line %d", l)
		}
	}
	if l := e.Mark.Line; l > 0 && l <= len(src.lines) && strings.HasPrefix(strings.TrimLeft(src.lines[l-1], " "), "\t") {
		text += "; indent with spaces, not with tabs"
	}
	rep.Addf(pos, "", "not valid YAML: %s", strings.Join(strings.Fields(text), " "))
}

// converter turns the parser's nodes into ours.
type converter struct {
	src    *Source
	rep    *Report
	left   int                 // nodes that may still be made
	open   map[*yaml.Node]bool // anchors being expanded: one inside itself has no end
	failed bool
}

// fail gives up on the source: what follows would be the same trouble again.
func (c *converter) fail(n *yaml.Node, format string, args ...any) *Node {
	if !c.failed {
		c.rep.Addf(c.pos(n), "", format, args...)
	}
	c.failed = true
	return &Node{Pos: c.pos(n)}
}

func (c *converter) pos(n *yaml.Node) Pos { return Pos{c.src, n.Line, n.Column} }

func (c *converter) node(n *yaml.Node, depth int) *Node {
	c.left--
	switch {
	case c.failed:
		return &Node{Pos: c.pos(n)}
	case c.left < 0:
		return c.fail(n, "aliases expand to more than %d values", MaxNodes)
	case depth > MaxDepth:
		return c.fail(n, "nested deeper than %d levels", MaxDepth)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) > 0 {
			return c.node(n.Content[0], depth)
		}
		return &Node{Pos: c.pos(n)}
	case yaml.AliasNode:
		return c.alias(n, depth)
	case yaml.SequenceNode:
		out := &Node{Kind: List, Pos: c.pos(n)}
		c.tag(n, "!!seq")
		for _, item := range n.Content {
			out.Items = append(out.Items, c.node(item, depth+1))
		}
		return out
	case yaml.MappingNode:
		c.tag(n, "!!map")
		return c.mapping(n, depth)
	}
	return c.scalar(n)
}

func (c *converter) alias(n *yaml.Node, depth int) *Node {
	if n.Alias == nil || c.open[n.Alias] {
		return c.fail(n, "the alias *%s stands inside its own anchor", clip(n.Value))
	}
	c.open[n.Alias] = true
	defer delete(c.open, n.Alias)
	return c.node(n.Alias, depth+1)
}

func (c *converter) tag(n *yaml.Node, want string) {
	if got := n.ShortTag(); got != want {
		c.rep.Addf(c.pos(n), "", "the tag %s has no meaning here; remove it", clip(got))
	}
}

var scalarKinds = map[string]Kind{
	"!!null": Null, "!!bool": Bool, "!!int": Int, "!!float": Float, "!!str": Text,
	"!!timestamp": Text, // dates have no type of their own here
	"!!merge":     Text, // "<<" as a value
}

func (c *converter) scalar(n *yaml.Node) *Node {
	kind, ok := scalarKinds[n.ShortTag()]
	if !ok {
		c.tag(n, "")
		kind = Text
	}
	if _, err := strconv.ParseFloat(n.Value, 64); kind == Text && n.Style == 0 && errors.Is(err, strconv.ErrRange) {
		kind = Float // 1e999: the parser takes it for text, the user meant a number
	}
	return &Node{Kind: kind, Text: n.Value, Pos: c.pos(n)}
}

// mapping converts a mapping with its merge keys: the mapping's own keys win over merged ones,
// and of several merged mappings the earlier one.
func (c *converter) mapping(n *yaml.Node, depth int) *Node {
	out := &Node{Kind: Map, Pos: c.pos(n)}
	lines := map[string]int{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.ShortTag() == "!!merge" {
			merged = append(merged, v)
			continue
		}
		for k.Kind == yaml.AliasNode && k.Alias != nil {
			k = k.Alias
		}
		if k.Kind != yaml.ScalarNode {
			c.rep.Addf(c.pos(k), "", "a key must be a word, not a list or a mapping")
			continue
		}
		if first, dup := lines[k.Value]; dup {
			c.rep.Addf(c.pos(k), "", "the key %q is given twice; the first one is in line %d", clip(k.Value), first)
			continue
		}
		lines[k.Value] = k.Line
		out.Fields = append(out.Fields, Entry{k.Value, c.pos(k), c.node(v, depth+1)})
	}
	for _, m := range merged {
		c.merge(out, m, depth)
	}
	return out
}

func (c *converter) merge(out *Node, n *yaml.Node, depth int) {
	m := c.node(n, depth+1)
	from := []*Node{m}
	if m.Kind == List {
		from = m.Items
	}
	for _, f := range from {
		if f.Kind != Map {
			c.rep.Addf(c.pos(n), "", "the merge key << wants a mapping or a list of mappings, got %s", f.Describe())
			continue
		}
		for _, e := range f.Fields {
			if out.Get(e.Key) == nil {
				out.Fields = append(out.Fields, e)
			}
		}
	}
}
