package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"noise2sparse/experiment"
	"noise2sparse/launch/console"
)

func expCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:  "exp",
		Usage: "look at experiments",
		Subcommands: []*cli.Command{
			command(&cli.Command{
				Name: "list", Usage: "list the experiments that come with the program",
				Flags:  []cli.Flag{e.jsonFlag()},
				Action: func(c *cli.Context) error { return expList(e, c) },
			}),
			command(&cli.Command{
				Name: "show", Usage: "print an experiment resolved: every value, and where it comes from", ArgsUsage: "NAME|FILE.yaml",
				Flags:  append(overrideFlags(), e.jsonFlag()),
				Action: func(c *cli.Context) error { return expShow(e, c) },
			}),
			command(&cli.Command{
				Name: "check", Usage: "report everything that is wrong with experiments", ArgsUsage: "FILE.yaml|NAME...",
				Flags:  append(overrideFlags(), e.jsonFlag()),
				Action: func(c *cli.Context) error { return expCheck(e, c) },
			}),
			command(&cli.Command{
				Name: "schema", Usage: "print the JSON Schema of experiment files, for editors",
				Flags:  []cli.Flag{e.jsonFlag()},
				Action: func(c *cli.Context) error { return expSchema(e, c) },
			}),
		},
	})
}

func expList(e *env, c *cli.Context) error {
	if err := noArgs(c); err != nil {
		return err
	}
	l, err := experiment.List()
	if err != nil {
		return err
	}
	if e.json {
		return e.answer(l)
	}
	marks := marks(l)
	rows := [][]string{{"experiment", "jobs", "epochs", "dataset", "", "purpose"}}
	for _, x := range l.Experiments {
		needs := ""
		for _, f := range x.Missing {
			needs += marks[f.Name]
		}
		rows = append(rows, []string{x.Name, fmt.Sprint(x.Jobs), fmt.Sprint(x.Epochs), x.Dataset, needs, x.Purpose})
	}
	if err := console.Table(e.stdout, "lrr", rows); err != nil {
		return err
	}
	if len(marks) > 0 {
		fmt.Fprintf(e, "\nneeded by those with the letter, and not there yet, so trainer run refuses them:\n")
		for _, name := range slices.SortedFunc(maps.Keys(marks), func(a, b string) int { return strings.Compare(marks[a], marks[b]) }) {
			fmt.Fprintf(e, "  %s  %s\n", marks[name], name)
		}
	}
	return nil
}

// marks gives each feature that some experiment lacks a letter, in the order of the list.
func marks(l experiment.Listing) map[string]string {
	out := map[string]string{}
	for _, x := range l.Experiments {
		for _, f := range x.Missing {
			if out[f.Name] == "" {
				out[f.Name] = string(rune('a' + len(out)))
			}
		}
	}
	return out
}

func expShow(e *env, c *cli.Context) error {
	if c.NArg() > 1 {
		if err := asFlags(e, c, ""); err != nil {
			return err
		}
	}
	ref, err := oneArg(c, "the experiment's name or file")
	if err != nil {
		return err
	}
	x, err := experiment.LoadWith(ref, overrides(c))
	if err != nil {
		return err
	}
	if e.json {
		return e.answer(x.Shown())
	}
	return x.Show(e.stdout)
}

func expSchema(e *env, c *cli.Context) error {
	if err := noArgs(c); err != nil {
		return err
	}
	s, err := experiment.Schema()
	if err != nil {
		return err
	}
	if e.json {
		return e.answer(json.RawMessage(s))
	}
	_, err = e.Write(s)
	return err
}

// overrideFlags are the flags of commands that take an experiment with all of its jobs.
func overrideFlags() []cli.Flag { return []cli.Flag{setFlag(), gridFlag(), seedsFlag()} }

func gridFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "grid", Usage: "sweep a field, `a.b=VALUE,VALUE` (may be repeated)"}
}

func seedsFlag() cli.Flag {
	return &cli.StringFlag{Name: "seeds", Usage: "sweep the seed, `5,6,7`", Action: func(_ *cli.Context, s string) error {
		if strings.TrimSpace(s) == "" { // such as a shell variable that is not set
			return usagef("--seeds is empty; give whole numbers, such as 5,6,7")
		}
		return nil
	}}
}

// overrides reads them.
func overrides(c *cli.Context) experiment.Overrides {
	return experiment.Overrides{Set: c.StringSlice("set"), Grid: c.StringSlice("grid"), Seeds: c.String("seeds")}
}
