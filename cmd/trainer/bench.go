package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
	"go.uber.org/zap"

	"noise2sparse/data"
	"noise2sparse/launch"
	"noise2sparse/launch/console"
	"noise2sparse/train"
)

func benchCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:  "bench",
		Usage: "time the training step of an experiment on this machine",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "exp", Value: "relu_noise08", Usage: "the experiment `NAME|FILE.yaml`; its first job"},
			setFlag(),
			&cli.IntFlag{Name: "steps", Value: 200, Usage: "time `N` steps"},
			&cli.StringFlag{Name: "gpu", Usage: "compute on GPU `N`"},
			&cli.BoolFlag{Name: "cpu", Usage: "compute on the processor"},
			&cli.IntFlag{Name: "parallel", Usage: "time `N` of the same runs at once too, on one GPU"},
			&cli.IntFlag{Name: "threads", Usage: "use `N` cores; 0: all"},
			dataDirFlag(),
			e.jsonFlag(),
		},
		Action: func(c *cli.Context) error { return bench(e, c) },
	})
}

func bench(e *env, c *cli.Context) error {
	if err := noArgs(c); err != nil {
		return err
	}
	o := launch.BenchOptions{
		Experiment: c.String("exp"), Set: c.StringSlice("set"), Steps: c.Int("steps"), DataDir: data.Dir(c.String("data-dir")),
		Parallel: c.Int("parallel"),
	}
	var err error
	if o.Device, err = device(c); err != nil {
		return err
	}
	if o.Device, err = byDefault(e, c, o.Device, func(format string, args ...any) { e.note(fmt.Sprintf(format, args...)) }); err != nil {
		return err
	}
	switch {
	case o.Steps < 1:
		return usagef("--steps is %d; give at least 1", o.Steps)
	case c.IsSet("parallel") && o.Parallel < 1:
		return usagef("--parallel is %d; give at least 1", o.Parallel)
	case o.Parallel > 0 && o.Device.GPU == "":
		return usagef("--parallel needs --gpu: on processors, jobs at once are processes of their own")
	}
	ctx, stop := interruptible(e, "stopping")
	defer stop()
	r, warning, note, err := launch.Bench(ctx, o)
	if err != nil {
		return err
	}
	if warning != "" {
		zap.New(console.New(e.stderr, console.People).Core()).Warn(warning)
	}
	if note != "" {
		e.note(note)
	}
	if e.json {
		return e.answer(r)
	}
	return printBench(e, r)
}

func printBench(e *env, r train.BenchResult) error {
	rows := [][]string{
		{"experiment", fmt.Sprintf("%s on %s, %s parameters, batch %d, %s", r.Experiment, r.Dataset, console.Count(float64(r.Parameters)), r.Batch, r.Precision)},
		{"device", fmt.Sprintf("%s, %d threads, %s", r.Device, r.Threads, r.BLAS)},
		{"step", fmt.Sprintf("%.4g ms (median of %d), %s samples/s", r.MsPerStep, r.Steps, console.Count(r.SamplesPerSecond))},
		{"matrix products", fmt.Sprintf("%.4g GFLOP a step, %.4g GFLOP/s: %s of the %.4g that a large product reaches here", r.GFLOPPerStep, r.GFLOPS, console.Percent(r.FractionOfPeak), r.GEMMPeakGFLOPS)},
		{"memory", fmt.Sprintf("%s before the first step, %.4g bytes allocated a step", console.Bytes(r.DeviceBytes), r.BytesPerStep)},
	}
	if r.HostUsPerStep > 0 {
		rows = append(rows, []string{"host", fmt.Sprintf("%.3g µs a step to start its work", r.HostUsPerStep)})
	}
	if r.Parallel > 0 {
		rows = append(rows, []string{"at once", fmt.Sprintf("%d runs, %s samples/s together: %.3g times one run's", r.Parallel, console.Count(r.ParallelSamplesPerSecond), r.ParallelSpeedup)})
	}
	return console.Table(e.stdout, "", rows)
}
