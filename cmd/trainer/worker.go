package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v2"

	"noise2sparse/data"
	"noise2sparse/launch"
)

// workerCommand is what trainer run starts for the jobs of a sweep: see launch.Worker. It is no command
// for people.
func workerCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:   "worker",
		Usage:  "train what trainer run orders over standard input",
		Hidden: true,
		Flags:  []cli.Flag{gpuFlag(), cpuFlag(), threadsFlag(), dataDirFlag()},
		Action: func(c *cli.Context) error { return work(e, c) },
	})
}

func work(e *env, c *cli.Context) error {
	if err := noArgs(c); err != nil {
		return err
	}
	// Ctrl-C goes to all processes of the terminal's foreground: what happens then is the launcher's
	// to say.
	signal.Ignore(os.Interrupt, syscall.SIGHUP, syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	w := launch.Worker{
		DataDir: data.Dir(c.String("data-dir")),
		Device:  launch.Device{GPU: c.String("gpu"), Threads: c.Int("threads")}, Version: version,
	}
	return w.Serve(ctx, os.Stdin, e.stdout)
}
