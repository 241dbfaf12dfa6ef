package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"noise2sparse/data"
	"noise2sparse/experiment"
	"noise2sparse/metric"
)

// doc reads a page of documentation.
func doc(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// row returns the cells of the table row whose first cell is `name`; nil: there is none.
func row(page, name string) []string {
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if strings.HasPrefix(line, "|") && strings.TrimSpace(cells[0]) == "`"+name+"`" {
			return cells
		}
	}
	return nil
}

// node is what the schema says of a field.
type node struct {
	Default    json.RawMessage            `json:"default"`
	Properties map[string]json.RawMessage `json:"properties"`
}

// Every field of experiment files stands in docs/experiments.md, with the default that it has.
func TestFieldsAreDocumented(t *testing.T) {
	schema, err := experiment.Schema()
	if err != nil {
		t.Fatal(err)
	}
	page, fields := doc(t, "experiments.md"), 0
	var walk func(path string, raw json.RawMessage)
	walk = func(path string, raw json.RawMessage) {
		var n node
		if err := json.Unmarshal(raw, &n); err != nil {
			t.Fatal(path, err)
		}
		if path != "" {
			fields++
			checkField(t, page, path, n)
		}
		for name, sub := range n.Properties {
			if path == "" && name == "grid" || path == "search.space" { // the keys are the fields once more
				continue
			}
			walk(strings.TrimPrefix(path+"."+name, "."), sub)
		}
	}
	walk("", schema)
	if fields < 30 {
		t.Errorf("the schema shows only %d fields: this test reads it wrongly", fields)
	}
}

func checkField(t *testing.T, page, path string, n node) {
	t.Helper()
	cells := row(page, path)
	switch {
	case cells == nil && n.Properties != nil && n.Default == nil: // a section that is always there
		if !strings.Contains(page, "`"+path+"`") {
			t.Errorf("docs/experiments.md does not mention the section %s", path)
		}
	case cells == nil:
		t.Errorf("docs/experiments.md has no row for %s", path)
	case n.Default != nil && len(cells) < 4:
		t.Errorf("docs/experiments.md: the row of %s has no column for its default", path)
	case n.Default != nil && !sameValue(n.Default, strings.Trim(strings.TrimSpace(cells[2]), "`")):
		t.Errorf("docs/experiments.md: the default of %s is %s, not %s", path, n.Default, cells[2])
	}
}

// sameValue tells whether a documented value is the schema's. An empty text is an empty cell, or
// "required" for a field that can't stay empty.
func sameValue(want json.RawMessage, text string) bool {
	var w, g any
	if json.Unmarshal(want, &w) != nil {
		return false
	}
	if s, ok := w.(string); ok {
		return s == text || s == "" && text == "required"
	}
	return json.Unmarshal([]byte(text), &g) == nil && reflect.DeepEqual(w, g)
}

// Every metric stands in docs/runs.md, with its name in the reference.
func TestMetricsAreDocumented(t *testing.T) {
	page := doc(t, "runs.md")
	for _, l := range metric.Metrics.Lines() {
		cells := row(page, l.Name)
		if cells == nil {
			t.Errorf("docs/runs.md has no row for the metric %s", l.Name)
		} else if l.Reference != "" && !strings.Contains(cells[len(cells)-1], "`"+l.Reference+"`") {
			t.Errorf("docs/runs.md: the row of %s lacks the reference's name %s", l.Name, l.Reference)
		}
	}
}

// Every dataset stands in docs/data.md, with its parameters and their defaults.
func TestDatasetsAreDocumented(t *testing.T) {
	page := doc(t, "data.md")
	for _, l := range data.Datasets.Lines() {
		k, err := data.Datasets.Get(l.Name)
		if err != nil {
			t.Fatal(err)
		}
		section := page
		if k.Value.Generated {
			_, rest, found := strings.Cut(page, "### `"+l.Name+"`\n")
			if !found {
				t.Errorf("docs/data.md has no section for %s", l.Name)
			}
			section, _, _ = strings.Cut(rest, "\n### ")
		} else if l.Name != "file" && row(page, l.Name) == nil { // file stands for any path
			t.Errorf("docs/data.md has no row for %s", l.Name)
		}
		for _, p := range k.Value.Params {
			cells := row(section, "data."+p.Name)
			want, err := json.Marshal(p.Default)
			if err != nil {
				t.Fatal(err)
			}
			if len(cells) < 2 || !sameValue(want, strings.ReplaceAll(strings.TrimSpace(cells[1]), "−", "-")) {
				t.Errorf("docs/data.md: %s has no row for data.%s with the default %s", l.Name, p.Name, want)
			}
		}
	}
}

// Every experiment of the reference stands in docs/reference.md with its name here and its jobs.
func TestExperimentsAreDocumented(t *testing.T) {
	l, err := experiment.List()
	if err != nil {
		t.Fatal(err)
	}
	page := doc(t, "reference.md")
	for _, x := range l.Experiments {
		if x.Reference == "" {
			continue
		}
		cells := row(page, x.Reference)
		if len(cells) < 4 || strings.TrimSpace(cells[1]) != "`"+x.Name+"`" || strings.TrimSpace(cells[2]) != fmt.Sprint(x.Jobs) {
			t.Errorf("docs/reference.md has no row for %s with `%s` and %d jobs", x.Reference, x.Name, x.Jobs)
		} else if needs := strings.TrimSpace(cells[3]); (needs == "") != (len(x.Missing) == 0) {
			t.Errorf("docs/reference.md: %s needs %q, the program lacks %v", x.Name, needs, x.Missing)
		}
	}
}

// Every command takes --json, and its object stands in docs/runs.md.
func TestJSONIsDocumented(t *testing.T) {
	page := doc(t, "runs.md")
	var walk func(above string, commands []*cli.Command)
	walk = func(above string, commands []*cli.Command) {
		for _, c := range commands {
			name := strings.TrimSpace(above + " " + c.Name)
			takes := slices.ContainsFunc(c.Flags, func(f cli.Flag) bool { return f.Names()[0] == "json" })
			switch {
			case c.Hidden:
			case c.Subcommands != nil:
				walk(name, c.Subcommands)
			case !takes || row(page, name) == nil:
				t.Errorf("%s: it takes --json: %v; its row in docs/runs.md: %q", name, takes, row(page, name))
			}
		}
	}
	walk("", newApp(&env{}).Commands)
}

// Names of jobs in the documentation are those of jobs of experiments that come with the program.
func TestJobNamesAreDocumented(t *testing.T) {
	l, err := experiment.List()
	if err != nil {
		t.Fatal(err)
	}
	jobs := map[string]bool{}
	for _, x := range l.Experiments {
		e, err := experiment.Load(x.Name, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range e.Jobs() {
			jobs[j.ID] = true
		}
	}
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	name, found := regexp.MustCompile(`\b\d{3,}-([\w.]+=[\w.+=,-]+-)?[0-9a-f]{8}\b`), 0
	for _, page := range append(pages, filepath.Join("..", "..", "README.md")) {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range name.FindAllString(string(b), -1) {
			if found++; !jobs[id] {
				t.Errorf("%s tells of a job %s, and no experiment has it", page, id)
			}
		}
	}
	if found < 7 {
		t.Errorf("only %d names of jobs were found: this test looks for them wrongly", found)
	}
}

// The list of experiments can be read in 100 columns.
func TestExperimentsFitAPage(t *testing.T) {
	out := must(t, "exp", "list").out
	for line := range strings.Lines(out) {
		if n := len([]rune(line)); n > 101 {
			t.Errorf("%d columns: %s", n-1, line)
		}
	}
	if !strings.Contains(out, "  a  evaluation under attack\n") {
		t.Errorf("what is missing is not told:\n%s", out)
	}
}
