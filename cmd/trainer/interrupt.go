package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// sameSignal is the time within which a second signal is taken for the first one come twice, as from
// tools that signal a process and then its group.
const sameSignal = 300 * time.Millisecond

// interruptible returns a context that ends at the first Ctrl-C (or SIGTERM, or when the terminal
// goes away); stopping is what is then said to happen. The second one ends the process at once, after
// atOnce: what a run has saved stays whole, and its lock falls with the process.
//
// From here on the process also survives that whoever reads its output goes away: Ctrl-C behind
// `| tee` ends tee too, and saving must not die of the next line that is written.
// Commands without this handler end at a signal as any program does.
func interruptible(e *env, stopping string, atOnce ...func()) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals, pipe := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE) // makes writing fail with EPIPE; nobody reads the channel
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // nohup, and shells without job control for what runs behind &
			signal.Notify(signals, s)
		}
	}
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
				cancel()
				text := stopping + "; once more stops at once"
				if e.log() == nil {
					text = "trainer: " + text
				}
				if e.show == nil {
					text = "\n" + text // below ^C
				}
				e.note(text)
			case time.Since(first) > sameSignal:
				for _, f := range atOnce {
					f()
				}
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
