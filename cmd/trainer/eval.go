package main

import (
	"fmt"
	"sort"

	"github.com/urfave/cli/v2"
	"go.uber.org/zap"

	"noise2sparse/data"
	"noise2sparse/launch"
	"noise2sparse/launch/console"
)

func evalCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:      "eval",
		Usage:     "evaluate what a run has learned, with its own noise or another",
		ArgsUsage: "RUN_DIR|CHECKPOINT_DIR",
		Flags: []cli.Flag{
			&cli.Float64Flag{Name: "noise", Usage: "sigma, scale or rate of the noise `S`; 0: none", DefaultText: "as in the run's validation"},
			&cli.StringFlag{Name: "gpu", Usage: "compute on GPU `N`"},
			cpuFlag(),
			&cli.IntFlag{Name: "threads", Usage: "use `N` cores; 0: all"},
			dataDirFlag(),
			e.jsonFlag(),
		},
		Action: func(c *cli.Context) error { return evaluate(e, c) },
	})
}

func evaluate(e *env, c *cli.Context) error {
	dir, err := oneArg(c, "a run folder or one of its checkpoints")
	if err != nil {
		return err
	}
	o := launch.EvalOptions{Path: dir, DataDir: data.Dir(c.String("data-dir"))}
	if o.Device, err = device(c); err != nil {
		return err
	}
	if c.IsSet("noise") {
		s := c.Float64("noise")
		o.Noise = &s
	}
	r, err := launch.Evaluate(o)
	if err != nil {
		return err
	}
	log := zap.New(console.New(e.stderr, console.People).Core())
	for _, w := range r.Warnings {
		log.Warn(w)
	}
	if e.json {
		return e.answer(r)
	}
	fmt.Fprintf(e, "%s after epoch %d, on %d validation samples of %s, %s noise %g\n", r.Checkpoint, r.Epoch, r.Samples, r.Dataset, r.Noise.Kind, r.Noise.Amount)
	var rows [][]string
	for name, v := range r.Metrics {
		rows = append(rows, []string{"  " + name, fmt.Sprintf("%.6g", float64(v))})
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i][0] < rows[j][0] })
	return console.Table(e.stdout, "", rows)
}
