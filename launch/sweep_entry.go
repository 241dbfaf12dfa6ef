package launch

import (
	"fmt"
	"math"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"noise2sparse/launch/ledger"
	"noise2sparse/track"
)

// stage is where a job stands in a sweep.
type stage uint8

const (
	waiting  stage = iota // to be submitted
	underWay              // with the engine
	resting               // paused at a rung, until the search decides
	over                  // settled: done, failed for good, given up, or left for another time
)

// entry is a task of a sweep.
type entry struct {
	*Task
	stage      stage
	submission Submission // the last one
	place      string     // where the engine runs it
	note       string     // the last thing told of it
	began      time.Time  // the last submission
	before     int        // attempts that the run folder knew of then
	failures   int        // of this launcher's attempts, those that count
	notBefore  time.Time  // of the next attempt
	busy       bool       // somebody else writes its folder
	out        Outcome
}

// run is the folder's name in the ledger.
func (e *entry) run() string { return filepath.Base(e.Dir) }

// ended settles what an attempt came to, from the run folder and what the engine knows beside it.
func (s *sweep) ended(e *entry, r Report) {
	st, err := track.ReadStatus(e.Dir)
	fresh := err == nil && st.Attempt > e.before // the status is this attempt's, not of one before
	switch {
	case err == nil && st.State == track.Done:
		s.finished(e)
	case err == nil && st.State == track.Running: // somebody has it, else it would be Killed
		s.failed(e, Report{Preempted: true}, "another process trains it")
	case fresh && st.State == track.Paused:
		s.note(ledger.Record{Event: ledger.Paused, Job: e.ID, Run: e.run(), Until: e.submission.Until})
		e.stage, e.out.State = resting, track.Paused
	case fresh && st.State == track.Interrupted:
		s.interrupted(e, r)
	case fresh && st.State == track.NaN:
		r.Final = true
		s.failed(e, r, either(st.Error, r.Error))
		e.out.State = track.NaN
	case fresh && st.State == track.Failed:
		s.failed(e, r, either(st.Error, r.Error))
	case s.stopping && r.Error == "": // asked to end before it had begun
		s.interrupted(e, r)
	default:
		s.failed(e, r, either(r.Error, "its process ended without a word"))
	}
}

// either is the first text that says something.
func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// finished settles a job that is done.
func (s *sweep) finished(e *entry) {
	sum, err := track.ReadSummary(e.Dir)
	if err != nil {
		s.failed(e, Report{}, fmt.Sprintf("it is done, but its summary can't be read: %v", err))
		return
	}
	s.note(ledger.Record{Event: ledger.Finished, Job: e.ID, Run: e.run(), Summary: hashFile(filepath.Join(e.Dir, "summary.json"))})
	e.stage = over
	e.out.State, e.out.Error, e.out.Summary, e.out.Figure = track.Done, "", &sum, existingFigure(e.Dir)
	s.board.ended(e)
}

// interrupted settles a job that has saved a checkpoint and ended since it was asked to.
func (s *sweep) interrupted(e *entry, r Report) {
	e.out.State = track.Interrupted
	if s.stopping {
		s.note(ledger.Record{Event: ledger.Interrupted, Job: e.ID, Run: e.run()})
		e.stage = over
		return
	}
	s.failed(e, r, "it was asked to stop, and not by this launcher")
}

// failed settles an attempt that came to nothing: it is made again, later, or that was it.
func (s *sweep) failed(e *entry, r Report, why string) {
	s.note(ledger.Record{Event: ledger.Failed, Job: e.ID, Run: e.run(), Error: why, Free: r.Preempted, Final: r.Final})
	if !r.Preempted {
		e.failures++
	}
	if s.stopping {
		e.stage, e.out.Error = over, why
		if e.out.State == "" {
			e.out.State = track.Failed
		}
		return
	}
	if !r.Final && e.failures <= s.policy.Retries {
		e.stage, e.notBefore = waiting, time.Now().Add(s.policy.backoff(e.failures))
		if !r.Preempted {
			s.log.Warn("job failed; it is tried again", zap.String("job", e.ID), zap.String("error", why), zap.Int("failures", e.failures), zap.Int("retries", s.policy.Retries))
		}
		return
	}
	e.stage, e.out.State, e.out.Error = over, track.Failed, why
	s.log.Error("job failed", zap.String("job", e.ID), zap.String("error", why))
	s.board.ended(e)
	if s.policy.FailFast && s.cause == nil {
		s.cause = fmt.Errorf("job %s failed, and --fail-fast ends the sweep", e.ID)
	}
}

// backoff is how long to wait after so many failures: what has run out, memory or a disk, may come
// back.
func (p Policy) backoff(failures int) time.Duration {
	return time.Duration(math.Min(float64(time.Minute), float64(p.Wait)*math.Pow(4, float64(failures-1))))
}

// note adds a record to the ledger. One that can't be written, since the disk is full, is kept for
// later: jobs in other places may go on.
func (s *sweep) note(r ledger.Record) {
	s.unsaid = append(s.unsaid, r)
	s.flush()
}

func (s *sweep) flush() {
	for len(s.unsaid) > 0 {
		err := s.ledger.Append(s.unsaid[0])
		if err != nil {
			if !s.mute {
				s.log.Warn("the ledger can't be written; trying again", zap.Error(err))
			}
			s.mute = true
			return
		}
		s.unsaid, s.mute = s.unsaid[1:], false
	}
}
