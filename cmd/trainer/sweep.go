package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"noise2sparse/data"
	"noise2sparse/launch"
	"noise2sparse/launch/local"
	"noise2sparse/launch/ray"
	"noise2sparse/launch/slurm"
)

// The engines that --launcher names.
const (
	localLauncher = "local"
	slurmLauncher = "slurm"
	rayLauncher   = "ray"
)

var launchers = []string{localLauncher, slurmLauncher, rayLauncher}

// sweepFlags say how several jobs are run.
func sweepFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "parallel", Value: "auto", Usage: "jobs at once, `N|auto`; auto: as many as cores and memory allow, 16 on a GPU"},
		&cli.StringFlag{Name: "launcher", Value: localLauncher, Usage: "what runs the jobs: " + strings.Join(launchers, ", ")},
		&cli.StringFlag{Name: "ray-address", Usage: "with --launcher ray: the cluster's dashboard, `URL`; default: $RAY_API_SERVER_ADDRESS, else http://127.0.0.1:8265"},
		&cli.BoolFlag{Name: "cancel", Usage: "with --launcher slurm or ray: end the jobs that the same command without it has submitted"},
		&cli.IntFlag{Name: "retries", Value: 2, Usage: "try a job that failed `N` times again"},
		&cli.BoolFlag{Name: "fail-fast", Usage: "stop the other jobs once one has failed"},
		&cli.BoolFlag{Name: "yes", Usage: "do not ask, however many jobs there are"},
	}
}

func checkSweepFlags(c *cli.Context) error {
	if !slices.Contains(launchers, c.String("launcher")) {
		return usagef("--launcher is %q; give one of: %s", c.String("launcher"), strings.Join(launchers, ", "))
	}
	if _, err := parallel(c); err != nil {
		return err
	}
	switch name := c.String("launcher"); {
	case c.IsSet("ray-address") && name != rayLauncher:
		return usagef("--ray-address is for --launcher ray")
	case c.Bool("cancel") && name == localLauncher:
		return usagef("--cancel is for --launcher slurm or ray; jobs on this machine end with the process that runs them")
	case c.Bool("cancel") && (c.Bool("fresh") || c.Bool("dry-run")):
		return usagef("--cancel ends jobs that are there, so --fresh and --dry-run can't be given with it")
	}
	if n := c.Int("retries"); n < 0 {
		return usagef("--retries is %d; give 0 or more", n)
	}
	return nil
}

// parallel is the number of jobs at once; 0: automatic.
func parallel(c *cli.Context) (int, error) {
	text := c.String("parallel")
	if text == "auto" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 10_000 {
		return 0, usagef("--parallel is %q; give a number from 1 to 10000, or auto", text)
	}
	return n, nil
}

func policy(c *cli.Context) launch.Policy {
	return launch.Policy{Retries: c.Int("retries"), Wait: time.Second / 2, FailFast: c.Bool("fail-fast"), Cancel: c.Bool("cancel")}
}

// newLauncher makes the engine that runs the jobs of plan.
func newLauncher(c *cli.Context, plan *launch.Plan) (launch.Launcher, error) {
	switch n, err := parallel(c); {
	case err != nil:
		return nil, err
	case c.String("launcher") == slurmLauncher:
		return slurm.New(n), nil
	case c.String("launcher") == rayLauncher:
		return ray.New(c.String("ray-address"), n)
	}
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("this program's own path is not known, so no worker can be started: %w", err)
	}
	n, err := parallel(c)
	if err != nil {
		return nil, err
	}
	o := local.Options{
		Program: program, Args: []string{"--data-dir", data.Dir(c.String("data-dir"))},
		Parallel: n, Threads: plan.Device.Threads,
	}
	if plan.Device.GPU != "" {
		if o.GPUs, err = plan.Device.GPUs(); err != nil {
			return nil, err
		}
	}
	return local.New(o), nil
}

// confirm asks whether so many jobs are meant. Where nobody can answer, --yes must have said so.
func confirm(e *env, c *cli.Context, jobs int) error {
	if c.Bool("yes") {
		return nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) || !term.IsTerminal(int(e.stderr.Fd())) {
		return usagef("the experiment has %d jobs; give --yes if that is meant", jobs)
	}
	fmt.Fprintf(e.stderr, "The experiment has %d jobs. Run them all? [y/N] ", jobs)
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return usagef("nothing was begun")
	}
	return nil
}
