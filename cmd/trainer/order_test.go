package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// each calls f with every command of the table that does something, and its path.
func each(cs []*cli.Command, above []string, f func(path []string, c *cli.Command)) {
	for _, c := range cs {
		path := append(slices.Clone(above), c.Name)
		if len(c.Subcommands) > 0 {
			each(c.Subcommands, path, f)
			continue
		}
		f(path, c)
	}
}

// Flags behind arguments, before them, between them and before the command mean the same.
func TestFlagsStandAnywhere(t *testing.T) {
	app := newApp(&env{stdout: os.Stdout, stderr: os.Stderr})
	tried := 0
	each(app.Commands, nil, func(path []string, c *cli.Command) {
		var flags []string
		for _, f := range c.Flags {
			flags = append(flags, "--"+f.Names()[0])
			if !isSwitch(f) {
				flags = append(flags, "-1") // a value that looks like a flag
			}
		}
		want := slices.Concat(path, flags, []string{"--", "a", "b"})
		for _, args := range [][]string{
			slices.Concat(path, []string{"a", "b"}, flags),
			slices.Concat(path, []string{"a"}, flags, []string{"b"}),
			slices.Concat(path, flags, []string{"a", "b"}),
			slices.Concat(path, flags, []string{"--", "a", "b"}),
		} {
			got, err := order(app, args)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("order(%q) = %q (%v), want %q", args, got, err, want)
			}
		}
		if len(flags) > 0 {
			tried++
		}
	})
	if tried < 8 {
		t.Errorf("only %d commands with flags were found", tried)
	}
}

func TestOrder(t *testing.T) {
	app := newApp(&env{stdout: os.Stdout, stderr: os.Stderr})
	for _, c := range []struct{ in, out, err string }{
		{"", "", ""},
		{"help", "--help", ""},
		{"help exp show", "exp show --help", ""},
		{"--help", "--help", ""},
		{"--version", "--version", ""},
		{"run --help", "run --help", ""},
		{"import file.pt --help", "import --help", ""},
		{"run --version", "", "trainer run has no flag --version"},
		{"exp --help", "exp --help", ""},
		{"run --set=a=b --set c=d --exp=x", "run --set=a=b --set c=d --exp=x", ""},
		{"eval -- --odd-name", "eval -- --odd-name", ""},
		{"eval dir --noise -0.5", "eval --noise -0.5 -- dir", ""},
		{"eval dir -noise 1", "eval -noise 1 -- dir", ""},
		{"eval -", "eval -- -", ""},
		{"--json run", "", "trainer has no flag --json"},
		{"run --job", "", "flag --job needs a value"},
		{"exp show x --josn", "", "trainer exp show has no flag --josn"},
		{"exp", "", "exp needs a command"},
		{"nothing", "", `unknown command "nothing"`},
	} {
		got, err := order(app, strings.Fields(c.in))
		switch {
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%q: error %v, want %q", c.in, err, c.err)
		case c.err == "" && (err != nil || strings.Join(got, " ") != c.out):
			t.Errorf("%q: %q (%v), want %q", c.in, got, err, c.out)
		}
	}
}

// A value with commas is one value, also behind an argument.
func TestSetKeepsCommas(t *testing.T) {
	a := must(t, "exp", "show", "quickstart", "--set", "model.hidden=[30, 20]")
	if !strings.Contains(a.out, "hidden: [30, 20]") {
		t.Errorf("exp show says:\n%s", a.out)
	}
}
