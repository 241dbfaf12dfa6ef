package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"noise2sparse/launch"
)

// noArgs refuses arguments.
func noArgs(c *cli.Context) error {
	if c.NArg() > 0 {
		return usagef("%s takes no arguments, but got %q; trainer %s --help shows its flags", c.Command.Name, c.Args().First(), path(c))
	}
	return nil
}

// oneArg returns the only argument.
func oneArg(c *cli.Context, what string) (string, error) {
	if c.NArg() != 1 {
		return "", usagef("%s needs exactly one argument, %s, but got %d; see trainer %s --help", c.Command.Name, what, c.NArg(), path(c))
	}
	return c.Args().First(), nil
}

// path is the command's name with those above it: "exp show".
func path(c *cli.Context) string {
	return strings.TrimPrefix(c.Command.HelpName, c.App.Name+" ")
}

// device reads --gpu, --cpu and --threads, and says what is missing where there is no such device.
func device(c *cli.Context) (launch.Device, error) {
	d := launch.Device{GPU: c.String("gpu"), Threads: c.Int("threads")}
	if c.IsSet("gpu") && c.Bool("cpu") {
		return d, usagef("--gpu and --cpu contradict each other; give one of them")
	}
	return d, d.Check()
}

// asFlags refuses what other programs take as arguments, an experiment's name and overrides such as
// noise.sigma=0.3, with the command that means the same here. of is how it names the experiment: "--exp",
// or "" where that is an argument here too. Anything else is nil.
func asFlags(e *env, c *cli.Context, of string) error {
	words := append([]string{e.program}, strings.Fields(path(c))...)
	named, overrides := c.IsSet("exp"), 0
	if named {
		words = append(words, "--exp", c.String("exp"))
	}
	for _, a := range c.Args().Slice() {
		field, value, is := strings.Cut(a, "=")
		switch {
		case is && strings.Contains(value, ",") && !strings.ContainsAny(value[:1], "[{'\""): // a sweep
			words = append(words, "--grid", field+"="+value)
			overrides++
		case is:
			words = append(words, "--set", a)
			overrides++
		case named:
			return nil
		default:
			named = true
			if of != "" {
				words = append(words, of)
			}
			words = append(words, a)
		}
	}
	if of == "" && overrides == 0 || !named {
		return nil
	}
	for _, f := range []string{"set", "grid"} {
		for _, v := range c.StringSlice(f) {
			words = append(words, "--"+f, v)
		}
	}
	return usagef("%s takes no argument %q; write: %s", c.Command.Name, c.Args().Get(c.NArg()-1), launch.Command(words...))
}
