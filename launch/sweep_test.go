package launch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "noise2sparse/compute/cpu"
	"noise2sparse/internal/problem"
	"noise2sparse/launch/console"
	"noise2sparse/launch/ledger"
	"noise2sparse/track"
	"noise2sparse/train"
)

// engine trains what is submitted in this process, one job after the other, unless the script says that
// something happens to it.
type engine struct {
	t      *testing.T
	room   int
	script map[string][]Report // what becomes of a job's attempts, in order; beyond it: it is trained
	refuse []error             // of the next submissions

	queue     []Submission
	submitted []string // "job/until"
	attached  []string
	cancelled int
	alive     map[string]bool // places that Attach knows
}

func (e *engine) Name() string                       { return "test" }
func (e *engine) Check(context.Context, *Plan) error { return nil }
func (e *engine) Room() int                          { return e.room - len(e.queue) }
func (e *engine) CancelNow()                         {}
func (e *engine) Close() error                       { return nil }

func (e *engine) Submit(_ context.Context, jobs []Submission) ([]string, error) {
	if len(e.refuse) > 0 {
		err := e.refuse[0]
		e.refuse = e.refuse[1:]
		return nil, err
	}
	var places []string
	for _, j := range jobs {
		e.submitted = append(e.submitted, fmt.Sprintf("%d/%d", j.Index, j.Until))
		e.queue = append(e.queue, j)
		places = append(places, "place of "+j.Job)
	}
	return places, nil
}

func (e *engine) Attach(_ context.Context, j Submission, place string) (bool, error) {
	e.attached = append(e.attached, place)
	if e.alive[place] {
		e.queue = append(e.queue, j)
		return true, nil
	}
	return false, nil
}

func (e *engine) Cancel(_ context.Context, jobs []Submission) error {
	e.cancelled += len(jobs)
	return nil
}

func (e *engine) Poll(context.Context, time.Duration) ([]Report, error) {
	if len(e.queue) == 0 {
		return nil, nil
	}
	j := e.queue[0]
	e.queue = e.queue[1:]
	if s := e.script[j.Job]; len(s) > 0 {
		e.script[j.Job] = s[1:]
		s[0].Job, s[0].Ended = j.Job, true
		return s[:1], nil
	}
	p, err := Resolve(Options{Resume: j.Dir, Until: j.Until})
	if err != nil {
		e.t.Fatal(err)
	}
	if _, err := Run(context.Background(), p, quiet()); err != nil {
		return []Report{{Job: j.Job, Ended: true, Error: err.Error()}}, nil
	}
	return []Report{{Job: j.Job, Ended: true}}, nil
}

// small plans jobs that take a moment.
func small(t *testing.T, out string, set ...string) *Plan {
	t.Helper()
	p, err := Resolve(Options{
		Experiment: "quickstart", Job: -1, Out: out, Version: "test",
		Set: append([]string{"data.samples=100", "data.size=4", "model.hidden=[4]", "batch_size=50", "epochs=2", "metrics.neuron_vectors_every_epochs=0"}, set...),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sweepNow(ctx context.Context, p *Plan, e *engine, pol Policy) (*Result, error) {
	return Sweep(ctx, p, e, pol, quiet())
}

func TestRetries(t *testing.T) {
	died := Report{Error: "node failure"}
	for _, c := range []struct {
		name     string
		script   []Report
		retries  int
		attempts int // of the job that things happen to
		done     bool
	}{
		{"nothing happens", nil, 0, 1, true},
		{"fails within the retries", []Report{died, died}, 2, 3, true},
		{"fails beyond them", []Report{died, died, died}, 2, 3, false},
		{"no retries", []Report{died}, 0, 1, false},
		{"what would fail again is not tried again", []Report{{Error: "bad", Final: true}}, 2, 1, false},
		{"preemptions don't count", []Report{{Preempted: true}, {Preempted: true}, {Preempted: true}}, 0, 4, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := t.TempDir()
			p := small(t, out, "grid.seed=[1, 2]")
			e := &engine{t: t, room: 1, script: map[string][]Report{p.Tasks[0].ID: slices.Clone(c.script)}}
			res, err := sweepNow(context.Background(), p, e, Policy{Retries: c.retries})
			if (err == nil) != c.done {
				t.Errorf("the sweep ends with %v", err)
			}
			if got := count(e.submitted, "0/0"); got != c.attempts || count(e.submitted, "1/0") != 1 {
				t.Errorf("submitted %v, want %d attempts at job 0", e.submitted, c.attempts)
			}
			if res.Jobs[1].State != track.Done || (res.Jobs[0].State == track.Done) != c.done {
				t.Errorf("the jobs are %s and %s", res.Jobs[0].State, res.Jobs[1].State)
			}
			if !c.done && res.Jobs[0].Error == "" {
				t.Error("nobody says why")
			}
			h, err := ledger.Read(filepath.Join(out, "quickstart"))
			if err != nil || h.Jobs[p.Tasks[0].ID].Attempts != c.attempts || h.Jobs[p.Tasks[0].ID].Finished != c.done || !h.Jobs[p.Tasks[1].ID].Finished {
				t.Errorf("the ledger tells %+v (%v)", h.Jobs[p.Tasks[0].ID], err)
			}
		})
	}
}

func count(all []string, what string) int {
	n := 0
	for _, s := range all {
		if s == what {
			n++
		}
	}
	return n
}

func TestFailFast(t *testing.T) {
	p := small(t, t.TempDir(), "grid.seed=[1, 2, 3, 4]")
	e := &engine{t: t, room: 2, script: map[string][]Report{p.Tasks[0].ID: {{Error: "node failure"}}}}
	res, err := sweepNow(context.Background(), p, e, Policy{FailFast: true})
	if err == nil || !strings.Contains(err.Error(), "--fail-fast ends the sweep") {
		t.Errorf("it ends with %v", err)
	}
	if len(e.submitted) != 2 || e.cancelled != 1 || res.Jobs[3].State != "" {
		t.Errorf("submitted %v, cancelled %d, the last job is %q", e.submitted, e.cancelled, res.Jobs[3].State)
	}
}

// A submission that the engine refuses for good is not made again; one that fails for a while is.
func TestRefusedSubmissions(t *testing.T) {
	wrong := &problem.Error{Problems: []problem.Problem{{Path: "launch.slurm.partition", Text: "is no partition"}}}
	p := small(t, t.TempDir(), "grid.seed=[1, 2]")
	e := &engine{t: t, room: 2, refuse: []error{wrong, wrong}}
	res, err := sweepNow(context.Background(), p, e, Policy{Retries: 2})
	if err == nil || len(e.refuse) != 1 || !strings.Contains(res.Jobs[0].Error, "test does not take it: launch.slurm.partition: is no partition") {
		t.Errorf("it ends with %v: %+v", err, res.Jobs)
	}
	p = small(t, t.TempDir(), "grid.seed=[1, 2]")
	e = &engine{t: t, room: 2, refuse: []error{os.ErrDeadlineExceeded}}
	if res, err = sweepNow(context.Background(), p, e, Policy{Retries: 2}); err != nil || res.Count(track.Done) != 2 {
		t.Errorf("it ends with %v: %+v", err, res.Jobs)
	}
}

// What an earlier launcher has submitted is taken over where it is still there, and submitted again
// where it is not.
func TestAttach(t *testing.T) {
	out := t.TempDir()
	p := small(t, out, "grid.seed=[1, 2, 3]")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	first := &engine{t: t, room: 0}
	if _, err := sweepNow(ctx, p, first, Policy{}); err != train.ErrInterrupted {
		t.Fatalf("cancelled at once it ends with %v", err)
	}
	l, err := ledger.Open(filepath.Join(out, "quickstart"), ledger.Launcher{})
	if err != nil {
		t.Fatal(err)
	}
	for i, engine := range []string{"test", "test", "another"} {
		r := ledger.Record{Event: ledger.Started, Job: p.Tasks[i].ID, Run: p.Tasks[i].ID, Attempt: 1, Engine: engine, Place: fmt.Sprint("place ", i)}
		if err := l.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	e := &engine{t: t, room: 3, alive: map[string]bool{"place 0": true}}
	res, err := sweepNow(context.Background(), small(t, out, "grid.seed=[1, 2, 3]"), e, Policy{})
	if err != nil || res.Count(track.Done) != 3 {
		t.Errorf("it ends with %v", err)
	}
	if !slices.Equal(e.attached, []string{"place 0", "place 1"}) || !slices.Equal(e.submitted, []string{"1/0", "2/0"}) {
		t.Errorf("attached to %v, submitted %v", e.attached, e.submitted)
	}
}

// A run that somebody else trains is waited for, and not trained again.
func TestBusyRun(t *testing.T) {
	out := t.TempDir()
	p := small(t, out, "grid.seed=[1, 2]")
	whole := &engine{t: t, room: 1}
	if _, err := sweepNow(context.Background(), p, whole, Policy{}); err != nil {
		t.Fatal(err)
	}
	// As long as the lock is held the run passes for unfinished.
	dir := p.Tasks[0].Dir
	run, err := track.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Finish(track.Interrupted, 1, 2, nil); err != nil {
		t.Fatal(err)
	}
	p = small(t, out, "grid.seed=[1, 2]")
	if p.Tasks[0].Action != Resume {
		t.Fatalf("the plan is to %s", p.Tasks[0].Action)
	}
	var finished atomic.Bool
	time.AfterFunc(600*time.Millisecond, func() {
		run.Finish(track.Done, 2, 4, nil)
		finished.Store(true)
		run.Close()
	})
	e := &engine{t: t, room: 1}
	res, err := sweepNow(context.Background(), p, e, Policy{})
	if err != nil || res.Count(track.Done) != 2 || len(e.submitted) != 0 || !finished.Load() {
		t.Errorf("it ends with %v, the run having ended %v, submitted %v", err, finished.Load(), e.submitted)
	}
}

func quiet() *console.Console { return console.New(os.Stderr, console.Quiet) }
