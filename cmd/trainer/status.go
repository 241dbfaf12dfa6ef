package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"noise2sparse/launch"
	"noise2sparse/launch/console"
)

func statusCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:      "status",
		Usage:     "list the runs below a folder, and how far they and their sweeps are",
		ArgsUsage: "DIR",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "watch", Usage: "show it again and again, until nothing is at work any more"},
			&cli.BoolFlag{Name: "csv", Usage: "print a table of all runs: their swept values, what came out, the last value of every metric"},
			e.jsonFlag(),
		},
		Action: func(c *cli.Context) error { return status(e, c) },
	})
}

func status(e *env, c *cli.Context) error {
	dir, err := oneArg(c, "the folder of the runs, such as runs")
	if err != nil {
		return err
	}
	if n := count(c.Bool("watch"), c.Bool("csv"), e.json); n > 1 {
		return usagef("--watch, --csv and --json contradict each other; give one of them")
	}
	o, err := launch.Status(dir)
	switch {
	case err != nil:
		return err
	case c.Bool("csv"):
		return o.WriteCSV(e)
	case e.json:
		return e.answer(o)
	case c.Bool("watch"):
		return watch(e, dir, o)
	case len(o.Runs) == 0:
		_, err := fmt.Fprintf(e, "no runs in %s\n", dir)
		return err
	}
	_, err = fmt.Fprintln(e, strings.Join(o.Lines(false), "\n"))
	return err
}

func count(flags ...bool) int {
	n := 0
	for _, f := range flags {
		if f {
			n++
		}
	}
	return n
}

// watchEvery is how often --watch looks.
const watchEvery = 2 * time.Second

// watch shows the overview in place on a terminal; elsewhere it prints a sweep's line whenever that
// has changed.
func watch(e *env, dir string, o *launch.Overview) error {
	show := console.New(e.stdout, console.People)
	said := map[string]string{}
	for {
		if show.Terminal() {
			show.Live(o.Lines(true))
		}
		for _, s := range o.Sweeps {
			s.Left = nil // it changes all the time
			if line := s.String(); !show.Terminal() && said[s.Dir] != line {
				said[s.Dir] = line
				if _, err := fmt.Fprintln(e, line); err != nil {
					return err
				}
			}
		}
		if !o.AtWork() {
			break
		}
		time.Sleep(watchEvery)
		var err error
		if o, err = launch.Status(dir); err != nil {
			return err
		}
	}
	show.Clear()
	_, err := fmt.Fprintln(e, strings.Join(o.Lines(false), "\n"))
	return err
}
