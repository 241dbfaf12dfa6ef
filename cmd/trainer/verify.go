package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"noise2sparse/compute"
	"noise2sparse/golden"
)

func verifyCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:      "verify",
		Usage:     "replay recorded cases of the reference, and print each one's worst error in units of its tolerance",
		ArgsUsage: "DIR",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "gpu", Usage: "compute on GPU `N`"},
			&cli.BoolFlag{Name: "cpu", Usage: "compute on the processor"},
			&cli.IntFlag{Name: "threads", Usage: "use `N` cores; 0: all"},
			e.jsonFlag(),
		},
		Action: func(c *cli.Context) error { return verify(e, c) },
	})
}

func verify(e *env, c *cli.Context) (failed error) {
	dir, err := oneArg(c, "the folder of the cases")
	if err != nil {
		return err
	}
	d, err := device(c)
	if err != nil {
		return err
	}
	d, release, err := d.Hold()
	if err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, release()) }()
	lines := e.stdout
	if e.json {
		lines = e.stderr
	}
	tally, err := golden.Verify(dir, func() (compute.Backend, error) { return d.Open("float32") }, lines)
	if e.json {
		if err := errors.Join(err, e.answer(tally)); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(lines, "%d passed, %d failed, %d need what is not there yet\n", tally.Passed, tally.Failed, tally.Skipped)
	}
	if err != nil {
		return err
	}
	if tally.Failed > 0 {
		return fmt.Errorf("%d of %d cases differ from the reference", tally.Failed, tally.Passed+tally.Failed)
	}
	return nil
}
