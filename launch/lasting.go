package launch

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"noise2sparse/internal/problem"
	"noise2sparse/track"
	"noise2sparse/train"
)

// Lasting is a Launcher of an engine with a queue of its own, whose jobs need no launcher once they
// are submitted. Who leaves it, with Ctrl-C, leaves them queued and running; Policy.Cancel ends them.
type Lasting interface {
	Launcher
	Lasting()
}

// LeftError tells that the user has left a sweep whose jobs go on. It is a train.ErrInterrupted.
type LeftError struct {
	Engine string
	Jobs   int // queued or running
}

func (e *LeftError) Error() string {
	return fmt.Sprintf("left %s with %s, queued or running; the same command attaches to them again, and with --cancel ends them", plural(e.Jobs, "job"), e.Engine)
}

func (e *LeftError) Unwrap() error { return train.ErrInterrupted }

// leaves tells whether the user's going leaves the jobs alone, and says so.
func (s *sweep) leaves() error {
	if _, lasts := s.engine.(Lasting); !lasts || s.policy.Cancel || s.stopping || s.cause != nil {
		return nil
	}
	left := &LeftError{Engine: s.engine.Name()}
	for _, e := range s.entries {
		if e.stage == underWay {
			left.Jobs++
		}
	}
	if left.Jobs == 0 {
		return nil
	}
	return left
}

// notTaken settles jobs that the engine has not taken. One outside this machine that does not answer
// is asked again, for as long as the user likes; a refusal is final.
func (s *sweep) notTaken(due []*entry, err error) {
	var wrong *problem.Error
	final := errors.As(err, &wrong)
	if _, here := s.engine.(Here); here || final {
		for _, e := range due {
			s.failed(e, Report{Final: final}, fmt.Sprintf("%s does not take it: %s", s.engine.Name(), oneLine(err)))
		}
		return
	}
	s.pause = min(max(2*s.pause, time.Second), 30*time.Second)
	for _, e := range due {
		e.notBefore = time.Now().Add(s.pause)
	}
	if err.Error() != s.troubled {
		s.troubled = err.Error()
		s.log.Warn("jobs can't be submitted now; trying again", zap.String("engine", s.engine.Name()), zap.Int("jobs", len(due)), zap.String("error", oneLine(err)))
	}
}

// Previewer is a Launcher that can show what it would submit.
type Previewer interface {
	Preview(p *Plan, jobs []Submission) ([]string, error)
}

// Preview is what an engine would submit for the jobs that are not done: job scripts, say.
func (p *Plan) Preview(engine Previewer) ([]string, error) {
	var jobs []Submission
	for _, t := range p.Tasks {
		dir, err := filepath.Abs(t.Dir)
		if err != nil {
			return nil, err
		}
		if t.Action != Skip {
			jobs = append(jobs, Submission{Job: t.ID, Index: t.Index, Dir: dir, Attempt: 1, Args: p.jobArgs(dir, 0), Task: t})
		}
	}
	return engine.Preview(p, jobs)
}

// cancelled counts the jobs that Policy.Cancel has ended.
func (r *Result) cancelled() int { return r.Count(track.Interrupted) }
