package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"noise2sparse/internal/nearest"
)

// order brings the arguments into the one order that the cli package takes: the command, its flags,
// then its arguments behind "--". (It would silently take a flag behind an argument for another
// argument.) It finds unknown commands and flags, and flags without a value.
func order(app *cli.App, args []string) ([]string, error) {
	if len(args) > 0 && args[0] == "help" { // as many programs have it; flags and commands may follow
		args = append(args[1:len(args):len(args)], "--help")
	}
	var command, flags, rest []string
	known, below := app.Flags, app.Commands
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			rest = append(rest, args[i+1:]...)
			i = len(args)
		case len(a) > 1 && a[0] == '-':
			f, err := findFlag(a, known, command)
			if err != nil {
				return nil, err
			}
			flags = append(flags, a)
			if strings.Contains(a, "=") || isSwitch(f) {
				continue
			}
			if i++; i == len(args) {
				return nil, usagef("flag %s needs a value; see trainer %s", a, strings.Join(append(command, "--help"), " "))
			}
			flags = append(flags, args[i])
		case len(below) > 0:
			c := findCommand(a, below)
			if c == nil {
				return nil, usagef("unknown command %q%s", strings.Join(append(command, a), " "), hint(a, commandNames(below)))
			}
			command = append(command, c.Name)
			known, below = append(known[:len(known):len(known)], c.Flags...), c.Subcommands
		default:
			rest = append(rest, a)
		}
	}
	if len(below) > 0 && len(command) > 0 && !has(flags, "--help", "-h") {
		return nil, usagef("%s needs a command: %s", command[len(command)-1], strings.Join(commandNames(below), ", "))
	}
	out := append(command, flags...)
	if len(rest) > 0 && !has(flags, "--help", "-h") { // the cli package takes an argument beside --help for a topic
		out = append(append(out, "--"), rest...)
	}
	return out, nil
}

// findFlag returns the flag that a token such as "--out=runs" names.
func findFlag(token string, known []cli.Flag, command []string) (cli.Flag, error) {
	name, _, _ := strings.Cut(strings.TrimLeft(token, "-"), "=")
	var names []string
	common := []cli.Flag{cli.HelpFlag}
	if len(command) == 0 {
		common = append(common, cli.VersionFlag)
	}
	for _, f := range append(common, known...) {
		for _, n := range f.Names() {
			if n == name {
				return f, nil
			}
			names = append(names, n)
		}
	}
	where := strings.Join(append([]string{"trainer"}, command...), " ")
	near := "; see " + where + " --help"
	if n := nearest.Names(name, names); len(n) > 0 {
		near = "; did you mean --" + strings.Join(n, " or --") + "?"
	}
	return nil, usagef("%s has no flag --%s%s", where, name, near)
}

// isSwitch tells whether a flag takes no value.
func isSwitch(f cli.Flag) bool {
	_, ok := f.(*cli.BoolFlag)
	return ok
}

func findCommand(name string, among []*cli.Command) *cli.Command {
	for _, c := range among {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

func commandNames(cs []*cli.Command) []string {
	var names []string
	for _, c := range cs {
		names = append(names, c.Name)
	}
	return names
}

func hint(name string, known []string) string {
	if h := nearest.Hint(name, known); h != "" {
		return h
	}
	return "; see trainer --help"
}

func has(args []string, names ...string) bool {
	for _, a := range args {
		for _, n := range names {
			if a == n {
				return true
			}
		}
	}
	return false
}
