package launch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"go.uber.org/zap"

	"noise2sparse/launch/console"
	"noise2sparse/launch/ledger"
	"noise2sparse/track"
	"noise2sparse/train"
)

// Policy says what a sweep does about jobs that fail.
type Policy struct {
	Retries int // how often one is tried again; what would fail in the same way never is
	// Wait is how long to wait before that; each further time four times as long, up to a minute.
	Wait     time.Duration
	FailFast bool // once one has failed for good: stop the others
	Cancel   bool // begin nothing, and end what an earlier launcher has left with the engine
}

// pollWait bounds how long a sweep waits for an engine's news: how fast it reacts to the user.
// Where there is nothing to wait for but time, it looks again after idle.
const (
	pollWait = 250 * time.Millisecond
	idle     = 50 * time.Millisecond
)

// sweep is a plan being carried out by an engine.
type sweep struct {
	*Plan
	engine  Launcher
	policy  Policy
	console *console.Console
	log     *zap.Logger
	ledger  *ledger.Ledger
	unsaid  []ledger.Record // records that a full disk has kept out of the ledger so far
	mute    bool            // that has been told
	entries []*entry        // in the plan's order
	byJob   map[string]*entry
	search  *rungs // nil: no halving
	board   *board

	stopping bool          // nothing is begun any more, and what is under way was asked to save and end
	cause    error         // why, where that is not the user
	troubled string        // what has been told of an engine that does not answer
	pause    time.Duration // before jobs that could not be submitted are submitted again
}

// Sweep carries out p on an engine, several jobs at once. It skips what is done, goes on with what was
// cut off, and tries what failed again, all of which it keeps in the sweep's ledger; one launcher at a
// time has that. A job that fails does not stop the others, unless policy says so. The error is about
// what is wrong before the first job begins; how the jobs ended is in the result. When ctx is
// cancelled, what is under way saves checkpoints, and nothing else is begun.
func Sweep(ctx context.Context, p *Plan, engine Launcher, policy Policy, c *console.Console) (*Result, error) {
	s := &sweep{Plan: p, engine: engine, policy: policy, console: c, log: zap.New(c.Core()), byJob: map[string]*entry{}}
	res := &Result{Experiment: p.Name}
	if err := s.begin(ctx, res); err != nil {
		return res, err
	}
	var err error
	if s.ledger != nil {
		err = s.carryOut(ctx)
		s.flush()
		err = errors.Join(err, s.ledger.Close())
	}
	for _, e := range s.entries {
		res.Jobs = append(res.Jobs, e.out)
		if sum := e.out.Summary; sum != nil && res.Device == "" {
			res.Device = sum.Device
		}
	}
	switch {
	case err != nil:
		return res, err
	case s.cause != nil:
		return res, fmt.Errorf("%w; the same command goes on", s.cause)
	case policy.Cancel:
		c.Printf("%s ended", plural(res.cancelled(), "job"))
		return res, nil
	case ctx.Err() != nil && !s.complete():
		return res, train.ErrInterrupted
	}
	return res, res.Err()
}

// begin checks what can be checked before the first job, takes the ledger, and finds out what earlier
// launchers have left.
func (s *sweep) begin(ctx context.Context, res *Result) error {
	for _, t := range s.Tasks {
		e := &entry{Task: t, out: Outcome{Job: t.ID, Index: t.Index, Dir: t.Dir, Action: t.Action}}
		s.entries = append(s.entries, e)
		s.byJob[t.ID] = e
	}
	if err := s.Ready(); err != nil {
		return err
	}
	if err := s.engine.Check(ctx, s.Plan); err != nil {
		return err
	}
	if err := s.preflight(res); err != nil {
		return err
	}
	if err := checkWritable(s.Tasks); err != nil {
		return err
	}
	var err error
	s.ledger, err = ledger.Open(filepath.Join(s.Out, s.Name), ledger.Launcher{Engine: s.engine.Name(), Version: s.Version})
	if err != nil && s.firstToRun() == nil {
		s.reportDone() // that needs no ledger
		return nil
	}
	if err != nil {
		return err
	}
	s.board = newBoard(s)
	if err := s.recordPlan(); err != nil {
		return errors.Join(err, s.ledger.Close())
	}
	s.search = newRungs(s.Plan)
	s.takeStock()
	s.log.Info("sweep", zap.String("experiment", s.Name), zap.Int("jobs", len(s.entries)), zap.String("engine", s.engine.Name()), zap.String("version", s.Version))
	return nil
}

// carryOut runs the jobs until all are settled, or the user has had enough. The error is about the
// sweep as a whole.
func (s *sweep) carryOut(ctx context.Context) error {
	defer s.console.Clear()
	if err := s.attach(ctx); err != nil {
		return err
	}
	asking := context.WithoutCancel(ctx) // whoever stops still wants to know how the jobs end
	for {
		if err := s.stopIfAsked(ctx, asking); err != nil {
			return err
		}
		if s.settled() && !s.advance() {
			return nil
		}
		if !s.stopping {
			s.submit(asking)
		}
		s.poll(asking)
		s.flush()
		s.board.update()
	}
}

// stopIfAsked asks what is under way to save and end, once, where the user, a failure or the loss of
// the ledger says so.
func (s *sweep) stopIfAsked(ctx, asking context.Context) error {
	select {
	case <-s.ledger.Lost():
		if _, here := s.engine.(Here); here {
			s.engine.CancelNow() // another launcher may have taken over: it waits for the runs' own locks
		}
		return fmt.Errorf("%s: the sweep's lock was lost, since this process stood still for too long or the lock file was removed; the same command goes on", filepath.Join(s.Out, s.Name))
	default:
	}
	if s.stopping || ctx.Err() == nil && s.cause == nil && !s.policy.Cancel {
		return nil
	}
	if err := s.leaves(); err != nil {
		return err
	}
	s.stopping = true
	var under []Submission
	for _, e := range s.entries {
		if e.stage == underWay {
			under = append(under, e.submission)
		}
	}
	if len(under) == 0 {
		return nil
	}
	if err := s.engine.Cancel(asking, under); err != nil {
		s.log.Warn("some jobs could not be asked to stop", zap.Error(err))
	}
	return nil
}

// settled tells whether nothing is left to do, or to wait for, before the search's next decision.
func (s *sweep) settled() bool {
	for _, e := range s.entries {
		if e.stage == underWay || e.stage == waiting && !s.stopping {
			return false
		}
	}
	return true
}

// complete tells whether every job has come to its end, whatever that was.
func (s *sweep) complete() bool {
	return !slices.ContainsFunc(s.entries, func(e *entry) bool { return e.stage != over || e.out.State == track.Interrupted })
}

// advance lets the search decide which jobs go on. It is false where the sweep is at its end.
func (s *sweep) advance() bool {
	if s.stopping || s.search == nil {
		return false
	}
	return s.search.decide(s)
}

// poll waits for news, and takes it.
func (s *sweep) poll(asking context.Context) {
	began := time.Now()
	reports, err := s.engine.Poll(asking, pollWait)
	if err != nil && err.Error() != s.troubled {
		s.troubled = err.Error()
		s.log.Warn("the engine does not answer; asking again", zap.String("engine", s.engine.Name()), zap.Error(err))
	}
	for _, r := range reports {
		if e := s.byJob[r.Job]; e != nil && e.stage == underWay {
			s.take(e, r)
		}
	}
	if len(reports) == 0 && time.Since(began) < idle { // nothing is under way, or the engine fails fast
		time.Sleep(idle)
	}
}

// take acts on a report.
func (s *sweep) take(e *entry, r Report) {
	if r.Place != "" {
		e.place = r.Place
	}
	if r.Note != "" && r.Note != e.note {
		e.note = r.Note
		s.console.Printf("%s: %s", e.ID, r.Note)
	}
	if r.Warning != "" {
		s.log.Warn(r.Warning, zap.String("job", e.ID))
	}
	if r.Ended {
		s.ended(e, r)
	}
}
