package main

import (
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"noise2sparse/launch"
	"noise2sparse/launch/console"
	"noise2sparse/track"
)

func statusCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:      "status",
		Usage:     "list the runs below a folder, and how far they are",
		ArgsUsage: "DIR",
		Flags:     []cli.Flag{e.jsonFlag()},
		Action:    func(c *cli.Context) error { return status(e, c) },
	})
}

func status(e *env, c *cli.Context) error {
	dir, err := oneArg(c, "the folder of the runs, such as runs")
	if err != nil {
		return err
	}
	runs, err := launch.Status(dir)
	if err != nil {
		return err
	}
	if e.json {
		if runs == nil {
			runs = []launch.RunStatus{}
		}
		return e.answer(map[string]any{"runs": runs})
	}
	if len(runs) == 0 {
		_, err := fmt.Fprintf(e, "no runs in %s\n", dir)
		return err
	}
	rows := [][]string{{"run", "state", "epoch", "train loss", "val loss", "active", "updated", "error"}}
	for _, r := range runs {
		rows = append(rows, statusRow(r))
	}
	return console.Table(e.stdout, "llrrrr", rows)
}

func statusRow(r launch.RunStatus) []string {
	state, updated := string(r.State), ""
	if state == "" {
		state = "not begun"
	}
	if r.Updated != nil {
		updated = console.Duration(time.Since(*r.Updated)) + " ago"
	}
	show := func(v *track.Float, f func(float64) string) string {
		if v == nil {
			return ""
		}
		return f(float64(*v))
	}
	return []string{
		r.Dir, state, fmt.Sprintf("%d/%d", r.Epoch, r.Epochs),
		show(r.Train, console.Loss), show(r.Val, console.Loss), show(r.Active, console.Percent), updated, r.Error,
	}
}
