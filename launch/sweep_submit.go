package launch

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"noise2sparse/launch/ledger"
	"noise2sparse/track"
)

// submit hands to the engine what is due, as far as it has room.
func (s *sweep) submit(ctx context.Context) {
	room := s.engine.Room()
	var due []*entry
	for _, e := range s.entries {
		if len(due) >= room {
			break
		}
		if e.stage == waiting && !time.Now().Before(e.notBefore) && s.ready(e) {
			due = append(due, e)
		}
	}
	if len(due) == 0 {
		return
	}
	jobs := make([]Submission, len(due))
	for i, e := range due {
		jobs[i] = e.submission
	}
	places, err := s.engine.Submit(ctx, jobs)
	if err != nil {
		s.notTaken(due, err)
		return
	}
	s.pause = 0
	for i, e := range due {
		e.stage, e.place, e.began = underWay, places[i], time.Now()
		s.note(ledger.Record{
			Event: ledger.Started, Job: e.ID, Run: e.run(), Attempt: e.submission.Attempt, Engine: s.engine.Name(),
			Place: places[i], Until: e.submission.Until,
		})
	}
}

// ready prepares the submission of a waiting job. It is false where the job is not to be submitted
// now: somebody else trains it, or has done so, or its folder can't be made.
func (s *sweep) ready(e *entry) bool {
	if e.Action == Resume {
		if track.IsLocked(e.Dir) {
			if !e.busy {
				e.busy = true
				e.notBefore = time.Now().Add(pollWait)
				s.console.Printf("%s: another process still trains it; waiting for it", e.ID)
			}
			return false
		}
		e.busy = false
		if isDone(e.Dir, 0) {
			s.finished(e)
			return false
		}
	}
	return s.prepare(e)
}

// prepare makes the submission of a job, and its folder. It is false where the folder can't be made.
func (s *sweep) prepare(e *entry) bool {
	if err := e.makeFolder(); err != nil {
		s.failed(e, Report{}, oneLine(err))
		return false
	}
	dir, err := filepath.Abs(e.Dir)
	if err != nil {
		s.failed(e, Report{}, err.Error())
		return false
	}
	attempts, err := track.ReadAttempts(dir)
	if err != nil {
		s.failed(e, Report{}, oneLine(err))
		return false
	}
	e.before = 0
	if n := len(attempts); n > 0 {
		e.before = attempts[n-1].Attempt
	}
	until := s.search.until()
	e.submission = Submission{
		Job: e.ID, Index: e.Index, Dir: dir, Attempt: s.ledger.Of(e.run()).Attempts + 1, Until: until,
		Args: s.jobArgs(dir, until), Task: e.Task,
	}
	return true
}

// makeFolder makes the run folder of a job that is to begin, with its configuration: from here on the
// folder is all that is needed to train it, on any machine.
func (e *entry) makeFolder() error {
	if e.Action != Begin {
		return nil
	}
	config, err := e.yaml()
	if err != nil {
		return err
	}
	run, err := e.open(config)
	if err != nil {
		return err
	}
	e.Action, e.fresh, e.out.Dir = Resume, false, e.Dir
	return run.Close()
}

// recordPlan writes the jobs into the ledger, or their hash where it has the very same ones.
func (s *sweep) recordPlan() error {
	jobs := make([]ledger.Job, len(s.entries))
	for i, e := range s.entries {
		jobs[i] = ledger.Job{Job: e.ID, ConfigSHA256: e.SHA256}
	}
	id := ledger.PlanID(jobs)
	if _, known := s.ledger.Plans[id]; known {
		jobs = nil
	}
	return s.ledger.Append(ledger.Record{Event: ledger.Planned, Experiment: s.Name, Plan: id, Jobs: jobs})
}

// takeStock settles what is done already, and writes into the ledger what an earlier launcher could
// not, since it died.
func (s *sweep) takeStock() {
	for _, e := range s.entries {
		if e.Action == Skip && !s.ledger.Of(e.run()).Finished {
			s.note(ledger.Record{Event: ledger.Finished, Job: e.ID, Run: e.run(), Summary: hashFile(filepath.Join(e.Dir, "summary.json"))})
		}
	}
	s.reportDone()
	s.search.resume(s)
	for _, e := range s.entries {
		if e.stage != waiting || s.search.until() == 0 {
			continue
		}
		if st, err := track.ReadStatus(e.Dir); err == nil && st.State == track.Paused && st.Epoch >= s.search.until() {
			e.stage, e.out.State = resting, track.Paused
		}
	}
}

// reportDone settles what was done before.
func (s *sweep) reportDone() {
	for _, e := range s.entries {
		if e.Action != Skip {
			continue
		}
		sum, err := track.ReadSummary(e.Dir)
		if err != nil { // cannot happen: isDone has read it just now
			s.log.Warn("a finished run's summary can't be read", zap.String("job", e.ID), zap.Error(err))
		}
		e.stage, e.out.State, e.out.Summary, e.out.Figure = over, track.Done, &sum, existingFigure(e.Dir)
	}
}

// attach takes over what an earlier launcher of the same engine has submitted and not seen the end of.
func (s *sweep) attach(ctx context.Context) error {
	for _, e := range s.entries {
		open := s.ledger.Of(e.run()).Open
		if e.stage != waiting || open == nil || open.Engine != s.engine.Name() || !s.prepare(e) {
			continue // whether its run is locked does not matter: the job itself may hold the lock
		}
		e.before = 0 // it may have begun already
		e.submission.Attempt, e.submission.Until = open.Attempt, open.Until
		ok, err := s.engine.Attach(ctx, e.submission, open.Place)
		if err != nil {
			return fmt.Errorf("%s: what an earlier launcher has submitted can't be looked up: %w", s.engine.Name(), err)
		}
		if ok {
			e.stage, e.place, e.began = underWay, open.Place, time.Now()
			s.console.Printf("%s: goes on as %s", e.ID, open.Place)
		}
	}
	return nil
}
