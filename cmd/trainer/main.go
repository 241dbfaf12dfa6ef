// Command trainer trains networks under noise and counts how sparse they become.
//
// This folder holds the command table (app.go) and one file per command: flags, then one call.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "noise2sparse/compute/cpu"
)

// version is set by the linker: scripts/build.
var version = "dev"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run does what the arguments ask for and returns the exit code.
func run(args []string, stdout, stderr *os.File) int {
	ctx, stop := interruptible(stderr)
	defer stop()
	e := &env{ctx: ctx, stdout: stdout, stderr: stderr, json: has(args, "--json")} // known before the flags are understood
	app := newApp(e)
	args, err := order(app, args)
	if err == nil {
		err = app.Run(append([]string{app.Name}, args...))
	}
	return e.exit(err)
}

// sameSignal is the time within which a second signal is taken for the first one come twice, as from
// tools that signal a process and then its group.
const sameSignal = 300 * time.Millisecond

// interruptible returns a context that ends at the first Ctrl-C (or SIGTERM, or when the terminal
// goes away). The second one ends the process at once: what a run has saved stays whole, and its
// lock falls with the process.
func interruptible(stderr *os.File) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	quit := make(chan struct{})
	go func() {
		var first time.Time
		for {
			select {
			case <-quit:
				return
			case <-signals:
			}
			switch {
			case first.IsZero():
				first = time.Now()
				fmt.Fprintln(stderr, "\ntrainer: stopping and saving a checkpoint; once more stops at once")
				cancel()
			case time.Since(first) > sameSignal:
				os.Exit(exitInterrupted)
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(quit)
		cancel()
	}
}
