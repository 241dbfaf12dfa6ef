package main

import (
	"errors"
	"fmt"

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
				Flags:  []cli.Flag{setFlag()},
				Action: func(c *cli.Context) error { return expShow(e, c) },
			}),
			command(&cli.Command{
				Name: "check", Usage: "report everything that is wrong with experiments", ArgsUsage: "FILE.yaml|NAME...",
				Flags:  []cli.Flag{setFlag()},
				Action: func(c *cli.Context) error { return expCheck(e, c) },
			}),
			command(&cli.Command{
				Name: "schema", Usage: "print the JSON Schema of experiment files, for editors",
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
	rows := [][]string{{"experiment", "jobs", "epochs", "dataset", "purpose"}}
	for _, x := range l.Experiments {
		rows = append(rows, []string{x.Name, fmt.Sprint(x.Jobs), fmt.Sprint(x.Epochs), x.Dataset, x.Purpose})
	}
	return console.Table(e.stdout, "lrr", rows)
}

func expShow(e *env, c *cli.Context) error {
	ref, err := oneArg(c, "the experiment's name or file")
	if err != nil {
		return err
	}
	x, err := experiment.Load(ref, c.StringSlice("set"))
	if err != nil {
		return err
	}
	return x.Show(e.stdout)
}

func expCheck(e *env, c *cli.Context) error {
	if c.NArg() == 0 {
		return usagef("check needs files or names of experiments, such as trainer exp check mine.yaml")
	}
	var errs []error
	for _, ref := range c.Args().Slice() {
		x, err := experiment.Load(ref, c.StringSlice("set"))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		fmt.Fprintf(e, "%s: good, %d job(s)\n", ref, len(x.Jobs()))
	}
	return errors.Join(errs...)
}

func expSchema(e *env, c *cli.Context) error {
	if err := noArgs(c); err != nil {
		return err
	}
	s, err := experiment.Schema()
	if err != nil {
		return err
	}
	_, err = e.Write(s)
	return err
}
