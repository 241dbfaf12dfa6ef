package strict

import (
	"reflect"
	"sort"
	"strings"
	"testing"
)

// Laying one tree upon a decoded other gives what decoding both merged gives, and changes nothing of
// the first value.
func TestOverlayIsDecodeOfMerge(t *testing.T) {
	texts := []string{
		"{}", "epochs: 7", "every: 3", "every: null", "hidden: [1]", "hidden: []", "betas: [0, 1]",
		"noise: {kind: a}", "noise: {rate: null, sigma: 3}", "noise: {}", "stop: null", "stop: {}", "stop: {sigma: 2}",
		"stop: {kind: x, rate: 9}", "data: {a: 1, b: 2}", "data: {b: 3}", "data: {}", "data: null",
		"names: {x: {kind: b, sigma: 1}}", "names: {x: {sigma: 5}, y: {}}", "several: [{kind: a}, {sigma: 3}]",
		"several: [{rate: 1}]", "deep: {section: {kind: q}}", "deep: {section: {sigma: 8}}", "nested: [[1], []]", "tag: z",
	}
	tree := func(text string) *Node {
		var rep Report
		n := Parse(NewFile("test.yaml", []byte(text)), []byte(text), &rep)
		if err := rep.Err(); err != nil {
			t.Fatal(err)
		}
		return n
	}
	decode := func(n *Node) sheet {
		var rep Report
		var s sheet
		NewDecoder(&rep).Decode(n, &s)
		if err := rep.Err(); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, under := range texts {
		for _, over := range texts {
			base := decode(tree(under))
			before, got := Canonical(base), base
			var rep Report
			NewDecoder(&rep).Overlay(tree(over), &got)
			if err := rep.Err(); err != nil {
				t.Fatal(err)
			}
			if want := decode(Merge(tree(under), tree(over))); !reflect.DeepEqual(got, want) {
				t.Errorf("%s upon %s:\ngot:\n%swant:\n%s", over, under, Canonical(got), Canonical(want))
			}
			if Canonical(base) != before {
				t.Errorf("%s upon %s changed the value below", over, under)
			}
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	s, _ := read("{hidden: [1], every: 3, stop: {kind: a}, several: [{kind: b}], nested: [[1]], data: {a: 1}}")
	c := Clone(s)
	if !reflect.DeepEqual(c, s) {
		t.Fatalf("got:\n%swant:\n%s", Canonical(c), Canonical(s))
	}
	before := Canonical(s)
	c.Hidden[0]++
	*c.Every++
	c.Stop.Kind = "changed"
	c.Several[0].Kind = "changed"
	c.Nested[0][0]++
	for k := range c.Data {
		c.Data[k]++
	}
	if Canonical(s) != before {
		t.Errorf("the original changed with its copy:\n%s", Canonical(s))
	}
	if z := Clone(sheet{}); !reflect.DeepEqual(z, sheet{}) {
		t.Errorf("a copy of nothing is %v", z)
	}
}

func TestCanonicalIsSorted(t *testing.T) {
	var paths []string
	for line := range strings.Lines(Canonical(full())) {
		path, _, _ := strings.Cut(line, " = ")
		paths = append(paths, path)
	}
	if !sort.StringsAreSorted(paths) || len(paths) < 20 {
		t.Errorf("%d lines, want them sorted by path: %q", len(paths), paths)
	}
}
