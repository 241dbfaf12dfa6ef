package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
	"go.uber.org/zap"

	"noise2sparse/launch"
	"noise2sparse/launch/console"
)

func exportCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:      "export",
		Usage:     "write what a run has learned into a file for other programs",
		ArgsUsage: "RUN_DIR|CHECKPOINT_DIR",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "`safetensors|pt|npz`", DefaultText: "by the file's ending"},
			&cli.StringFlag{Name: "o", Usage: "the `FILE` to write"},
			&cli.StringFlag{Name: "names", Value: "ours", Usage: "names of the tensors, `ours|reference`: hidden.0.weight or net.1.weight"},
			&cli.BoolFlag{Name: "optimizer", Usage: "pt: a whole checkpoint, with the optimizer's state and the configuration, for trainer import"},
			&cli.BoolFlag{Name: "force", Usage: "replace FILE where it exists"},
			e.jsonFlag(),
		},
		Action: func(c *cli.Context) error { return export(e, c) },
	})
}

func export(e *env, c *cli.Context) error {
	dir, err := oneArg(c, "a run folder or one of its checkpoints")
	if err != nil {
		return err
	}
	if c.String("o") == "" {
		return usagef("export needs -o FILE, such as -o model.safetensors")
	}
	r, err := launch.Export(launch.ExportOptions{
		Path: dir, File: c.String("o"), Format: c.String("format"), Names: c.String("names"),
		Optimizer: c.Bool("optimizer"), Force: c.Bool("force"), Version: version,
	})
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
	fmt.Fprintf(e, "%s: %s after epoch %d, step %d, as %s\n", r.File, r.Checkpoint, r.Epoch, r.Step, r.Format)
	for _, t := range r.Tensors {
		fmt.Fprintf(e, "  %s\n", t)
	}
	return nil
}
