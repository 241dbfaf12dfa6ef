package main

import (
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// The help of every command fits 80 columns and names its flags.
func TestHelpFitsATerminal(t *testing.T) {
	var walk func(args []string, commands []*cli.Command, flags []cli.Flag)
	walk = func(args []string, commands []*cli.Command, flags []cli.Flag) {
		out := must(t, append(args, "--help")...).out
		for line := range strings.Lines(out) {
			if n := len([]rune(line)) - 1; n > 80 {
				t.Errorf("%v --help: %d columns: %s", args, n, line)
			}
		}
		for _, f := range flags {
			if !strings.Contains(out, " -"+strings.Repeat("-", min(1, len(f.Names()[0])-1))+f.Names()[0]) {
				t.Errorf("%v --help lacks the flag %s:\n%s", args, f.Names()[0], out)
			}
		}
		for _, c := range commands {
			if c.Hidden {
				continue
			}
			if !strings.Contains(out, "\n   "+c.Name+" ") {
				t.Errorf("%v --help lacks the command %s:\n%s", args, c.Name, out)
			}
			walk(append(args[:len(args):len(args)], c.Name), c.Subcommands, c.Flags)
		}
	}
	walk(nil, newApp(&env{}).Commands, nil)
	for _, want := range []string{"   --set a.b=VALUE         override a field", "(default: 2)", "trainer run --resume RUN_DIR [flags]\n"} {
		if out := must(t, "run", "--help").out; !strings.Contains(out, want) {
			t.Errorf("run --help lacks %q:\n%s", want, out)
		}
	}
}
