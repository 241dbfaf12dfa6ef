package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"noise2sparse/data"
	"noise2sparse/launch"
	"noise2sparse/launch/console"
	"noise2sparse/launch/slurm"
	"noise2sparse/train"
)

func runCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:      "run",
		Usage:     "train the jobs of an experiment; the same command again goes on",
		UsageText: "trainer run --exp NAME|FILE.yaml [--set a.b=VALUE ...] [flags]\n   trainer run --resume RUN_DIR [flags]",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "exp", Usage: "the experiment, `NAME|FILE.yaml`; trainer exp list shows them"},
			setFlag(), gridFlag(), seedsFlag(),
			gpuFlag(), cpuFlag(), threadsFlag(), dataDirFlag(),
			&cli.StringFlag{Name: "out", Value: "runs", Usage: "folder of all runs `DIR`"},
			&cli.IntFlag{Name: "job", Value: -1, DefaultText: "all", Usage: "only job `N` of the grid, from 0"},
			&cli.StringFlag{Name: "resume", Usage: "go on with a run: its folder, or one of its checkpoints `RUN_DIR`"},
			&cli.IntFlag{Name: "until-epoch", Usage: "with --resume: pause after epoch `N`, with a checkpoint"},
			&cli.BoolFlag{Name: "fresh", Usage: "begin anew, in a folder of its own, where there is a run already"},
			&cli.BoolFlag{Name: "dry-run", Usage: "only show the jobs: parameters, steps, time, disk space"},
			&cli.BoolFlag{Name: "quiet", Usage: "say nothing but warnings"},
			e.jsonFlag(),
		}, sweepFlags()...),
		Action: func(c *cli.Context) error { return runJobs(e, c) },
	})
}

func runJobs(e *env, c *cli.Context) error {
	o, err := runOptions(e, c)
	if err != nil {
		return err
	}
	level := console.People
	switch {
	case c.Bool("quiet"):
		level = console.Quiet
	case e.json:
		level = console.Log
	}
	e.show = console.New(e.stderr, level)
	if o.Device, err = byDefault(e, c, o.Device, e.show.Printf); err != nil {
		return err
	}
	o.Confirm = func(jobs int) error { return confirm(e, c, jobs) }
	plan, err := launch.Resolve(o)
	if err != nil {
		return err
	}
	if c.Bool("dry-run") {
		return dryRun(e, c, plan)
	}
	res, err := carryOut(e, c, plan, e.show)
	var left *launch.LeftError
	if res == nil || errors.As(err, &left) {
		return err
	}
	switch {
	case e.json && len(res.Jobs) > 0:
		err = errors.Join(err, e.answer(res))
	case level != console.Quiet:
		err = errors.Join(err, res.Print(e.stdout))
	}
	if errors.Is(err, train.ErrInterrupted) {
		return fmt.Errorf("%w; %s", train.ErrInterrupted, res.HowToGoOn(e.program, again(c)))
	}
	return err
}

// carryOut trains one job in this process; of several, and of those for another engine, a launcher
// takes care.
func carryOut(e *env, c *cli.Context, plan *launch.Plan, show *console.Console) (*launch.Result, error) {
	stopping := "stopping and saving a checkpoint"
	if len(plan.Tasks) == 1 && c.String("launcher") == localLauncher {
		ctx, stop := interruptible(e, stopping)
		defer stop()
		return launch.Run(ctx, plan, show)
	}
	engine, err := newLauncher(c, plan)
	if err != nil {
		return nil, err
	}
	if _, lasts := engine.(launch.Lasting); lasts {
		stopping = "leaving; the jobs stay where they are"
	}
	ctx, stop := interruptible(e, stopping, engine.CancelNow)
	defer stop()
	res, err := launch.Sweep(ctx, plan, engine, policy(c), show)
	return res, errors.Join(err, engine.Close())
}

// again are the flags that a command which goes on needs too.
func again(c *cli.Context) []string {
	var flags []string
	for _, f := range []string{"gpu", "threads", "data-dir"} {
		if c.IsSet(f) {
			flags = append(flags, "--"+f, c.String(f))
		}
	}
	for _, f := range []string{"cpu", "quiet", "json"} {
		if c.Bool(f) {
			flags = append(flags, "--"+f)
		}
	}
	return flags
}

// runOptions reads the flags, and refuses those that contradict each other.
func runOptions(e *env, c *cli.Context) (launch.Options, error) {
	o := launch.Options{
		Experiment: c.String("exp"), Set: c.StringSlice("set"), Grid: c.StringSlice("grid"), Seeds: c.String("seeds"),
		Job: c.Int("job"), Resume: c.String("resume"), Until: c.Int("until-epoch"),
		Fresh: c.Bool("fresh"), Out: c.String("out"), DataDir: data.Dir(c.String("data-dir")),
		Device: launch.Device{GPU: c.String("gpu"), Threads: c.Int("threads")}, Version: version, Program: e.program,
	}
	if c.NArg() > 0 {
		if err := asFlags(e, c, "--exp"); err != nil {
			return o, err
		}
		return o, noArgs(c)
	}
	switch {
	case o.Experiment == "" && o.Resume == "":
		return o, usagef("run needs --exp NAME or --resume RUN_DIR; trainer exp list shows the experiments")
	case c.IsSet("gpu") && c.Bool("cpu"):
		return o, usagef("--gpu and --cpu contradict each other; give one of them")
	case c.IsSet("job") && o.Job < 0:
		return o, usagef("--job is %d; jobs count from 0", o.Job)
	case o.Out == "":
		return o, usagef("--out is empty; give a folder")
	case c.IsSet("until-epoch") && (o.Until < 1 || o.Resume == ""):
		return o, usagef("--until-epoch is %d; give at least 1, and the run with --resume", o.Until)
	}
	for _, f := range []string{"exp", "grid", "seeds", "job", "fresh", "out"} {
		if o.Resume != "" && c.IsSet(f) {
			return o, usagef("--resume goes on with a run as it is, so --%s can't be given with it", f)
		}
	}
	if err := checkSweepFlags(c); err != nil {
		return o, err
	}
	if c.String("launcher") != localLauncher {
		return o, nil // the device is another machine's
	}
	return o, o.Device.Check()
}

func dryRun(e *env, c *cli.Context, plan *launch.Plan) error {
	d, err := plan.Estimate()
	if err != nil {
		return err
	}
	if c.String("launcher") == slurmLauncher {
		if d.Scripts, err = previewed(c, plan); err != nil {
			return err
		}
	}
	if e.json {
		return e.answer(d)
	}
	return d.Print(e.stdout)
}

// previewed are the scripts that SLURM would get.
func previewed(c *cli.Context, plan *launch.Plan) ([]string, error) {
	n, err := parallel(c)
	if err != nil {
		return nil, err
	}
	return plan.Preview(slurm.New(n))
}
