// Package local runs the jobs of a sweep on this machine: on processors in several worker processes
// that divide the cores among them, on GPUs in a process for each, with as many jobs at once as its
// memory holds. Workers are this very program, told over their standard input what to train
// (launch.Worker). They outlive a job, so that a dataset is loaded once for the jobs that follow each
// other in a worker, and starting is paid once; they end when their input does, also when this process
// is killed.
package local

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"noise2sparse/compute"
	"noise2sparse/launch"
)

// Options say how many jobs run at once, and on what.
type Options struct {
	Program  string                // the trainer's path
	Args     []string              // what every worker is told on its command line, behind "worker"
	Parallel int                   // jobs at once; 0: as many as cores, GPUs and memory allow
	Threads  int                   // cores for all jobs together; 0: all
	GPUs     []compute.Accelerator // to compute on; none: the processor
}

// Launcher implements launch.Launcher and launch.Here.
type Launcher struct {
	o       Options
	places  []place
	events  chan event
	pending []launch.Report // known at once, to be told by the next Poll

	mu      sync.Mutex // of the workers, for CancelNow
	stopped bool
}

// place is where a worker process computes, with the worker that is there, if one is.
type place struct {
	device
	worker *worker
}

// New makes a launcher; it starts nothing.
func New(o Options) *Launcher {
	return &Launcher{o: o, events: make(chan event, 64)}
}

// Name implements launch.Launcher.
func (l *Launcher) Name() string { return "local" }

// Check implements launch.Launcher.
func (l *Launcher) Check(context.Context, *launch.Plan) error { return nil }

// Fit implements launch.Here.
func (l *Launcher) Fit(needs launch.Needs) (string, error) {
	devices, err := divide(l.o, needs, launch.AvailableMemory())
	if err != nil {
		return "", err
	}
	l.places = make([]place, len(devices))
	for i, d := range devices {
		l.places[i].device = d
	}
	return describe(devices), nil
}

// Room implements launch.Launcher.
func (l *Launcher) Room() int {
	n := 0
	for _, p := range l.places {
		n += p.limit - p.load()
	}
	return n
}

// load is how many jobs are under way at a place. It is full until a worker that has lost its device has ended.
func (p *place) load() int {
	switch {
	case p.worker == nil:
		return 0
	case p.worker.lost:
		return p.limit
	}
	return len(p.worker.jobs)
}

// Submit implements launch.Launcher. A job whose worker can't be started is reported as failed by the
// next Poll.
func (l *Launcher) Submit(_ context.Context, jobs []launch.Submission) ([]string, error) {
	places := make([]string, len(jobs))
	for i, j := range jobs {
		p := l.freest()
		if p == nil {
			return nil, errors.New("more jobs than there is room for") // Room says how many
		}
		if err := l.order(p, j); err != nil {
			l.pending = append(l.pending, launch.Report{Job: j.Job, Ended: true, Error: err.Error()})
			continue
		}
		places[i] = fmt.Sprintf("%s, pid %d", p.name, p.worker.cmd.Process.Pid)
	}
	return places, nil
}

// freest is the place with the most room, nil where there is none; of equals the first.
func (l *Launcher) freest() *place {
	var best *place
	for i := range l.places {
		p := &l.places[i]
		if room := p.limit - p.load(); room > 0 && (best == nil || room > best.limit-best.load()) {
			best = p
		}
	}
	return best
}

// order has the worker at p train a job, and starts one where there is none, or where the one that was
// there has just ended.
func (l *Launcher) order(p *place, j launch.Submission) error {
	if p.worker != nil {
		if p.worker.run(j) == nil {
			return nil
		}
		p.worker = nil // its end is among the events
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return errors.New("stopped")
	}
	w, err := start(l.o.Program, append([]string{"worker"}, append(l.o.Args, p.args()...)...), p.env(), l.events)
	if err != nil {
		return fmt.Errorf("a worker process can't be started: %w", err)
	}
	p.worker = w
	return w.run(j)
}

// Attach implements launch.Launcher: workers end with their launcher.
func (l *Launcher) Attach(context.Context, launch.Submission, string) (bool, error) {
	return false, nil
}

// Poll implements launch.Launcher.
func (l *Launcher) Poll(_ context.Context, wait time.Duration) ([]launch.Report, error) {
	reports := l.pending
	l.pending = nil
	if len(reports) == 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case e := <-l.events:
			reports = l.take(e)
		case <-timer.C:
		}
	}
	for {
		select {
		case e := <-l.events:
			reports = append(reports, l.take(e)...)
		default:
			return reports, nil
		}
	}
}

// take turns what a worker said, or its end, into reports.
func (l *Launcher) take(e event) []launch.Report {
	switch {
	case e.exited:
		for i := range l.places {
			if l.places[i].worker == e.worker {
				l.places[i].worker = nil
			}
		}
		return l.buried(e.worker)
	case e.news.Ended != nil:
		n := e.news.Ended
		delete(e.worker.jobs, n.Job)
		e.worker.lost = e.worker.lost || n.Lost
		return []launch.Report{{Job: n.Job, Ended: true, Error: n.Error, Final: n.Final}}
	case e.news.Warning != "":
		return []launch.Report{{Job: e.news.Job, Warning: e.news.Warning}}
	}
	return nil
}

// buried turns the end of a worker into the ends of its jobs. One that has lost its device and ends by itself has
// told the end of each job that it had begun: the others are none that failed.
func (l *Launcher) buried(w *worker) (out []launch.Report) {
	why, orderly := w.epitaph(), w.lost && w.exited()
	for _, j := range w.jobs {
		r := launch.Report{Job: j.Job, Ended: true, Error: why, Preempted: orderly}
		if !orderly {
			if err := launch.KeepCrash(j.Dir, w.said.bytes()); err != nil {
				r.Error += fmt.Sprintf(" (what it said could not be kept: %v)", err)
			}
		}
		out = append(out, r)
	}
	clear(w.jobs)
	return out
}

// Cancel implements launch.Launcher.
func (l *Launcher) Cancel(_ context.Context, jobs []launch.Submission) error {
	for _, j := range jobs {
		for _, p := range l.places {
			if p.worker != nil && p.worker.has(j.Job) {
				_ = p.worker.cancel(j.Job) // one that has ended can't be asked
			}
		}
	}
	return nil
}

// CancelNow implements launch.Launcher.
func (l *Launcher) CancelNow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	for _, p := range l.places {
		if p.worker != nil {
			p.worker.kill()
		}
	}
}

// Close implements launch.Launcher: workers end when their input does.
func (l *Launcher) Close() error {
	const patience = 30 * time.Second
	left := 0
	for _, p := range l.places {
		if p.worker != nil {
			p.worker.in.Close()
			left++
		}
	}
	deadline := time.After(patience)
	for left > 0 {
		select {
		case e := <-l.events:
			if e.exited {
				left--
			}
		case <-deadline:
			l.CancelNow()
			return nil
		}
	}
	return nil
}
