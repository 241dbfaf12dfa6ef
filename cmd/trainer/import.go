package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"noise2sparse/data"
	"noise2sparse/launch"
)

func importCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:      "import",
		Usage:     "turn a PyTorch Lightning checkpoint, a state dict (.pt, .ckpt, .safetensors, .npz) into a run",
		ArgsUsage: "FILE",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "exp", Usage: "the experiment that says what the file leaves open, `NAME|FILE.yaml`", DefaultText: "what the file carries, else relu_noise08"},
			setFlag(),
			&cli.StringFlag{Name: "out", Value: "runs", Usage: "folder of all runs `DIR`"},
			&cli.BoolFlag{Name: "fresh", Usage: "import again, into a folder of its own, where there is a run already"},
			dataDirFlag(),
			e.jsonFlag(),
		},
		Action: func(c *cli.Context) error { return importFile(e, c) },
	})
}

func importFile(e *env, c *cli.Context) error {
	file, err := oneArg(c, "a file")
	if err != nil {
		return err
	}
	if c.String("out") == "" {
		return usagef("--out is empty; give a folder")
	}
	r, err := launch.Import(launch.ImportOptions{
		File: file, Experiment: c.String("exp"), Set: c.StringSlice("set"), Out: c.String("out"), Fresh: c.Bool("fresh"),
		DataDir: data.Dir(c.String("data-dir")), Version: version,
	})
	if err != nil {
		return err
	}
	if e.json {
		return e.answer(r)
	}
	fmt.Fprintf(e.stdout, "%s: %s after epoch %d, step %d\n", r.File, r.Format, r.Epoch, r.Step)
	for _, t := range r.Tensors {
		fmt.Fprintf(e.stdout, "  %s\n", t)
	}
	fmt.Fprintf(e.stdout, "experiment %s with", r.Base)
	for _, f := range r.Fields {
		fmt.Fprintf(e.stdout, " %s", f)
	}
	fmt.Fprintf(e.stdout, "\n%d tensors of optimizer state\n", r.Moments)
	for _, n := range r.Notes {
		fmt.Fprintf(e.stdout, "note: %s\n", n)
	}
	_, err = fmt.Fprintf(e.stdout, "run %s\ngo on with: %s\n       or: %s\n", r.Dir, launch.Command(e.program, "eval", r.Dir), launch.Command(e.program, "run", "--resume", r.Dir))
	return err
}
